/** The log of operators on standard error, silent unless STEPBOX_LOG asks for it. */
@NullMarked
package dev.stepbox.cli.log;

import org.jspecify.annotations.NullMarked;
