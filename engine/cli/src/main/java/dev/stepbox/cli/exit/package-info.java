/** The end of the process: fixed exit codes, and the one exception that carries one. */
@NullMarked
package dev.stepbox.cli.exit;

import org.jspecify.annotations.NullMarked;
