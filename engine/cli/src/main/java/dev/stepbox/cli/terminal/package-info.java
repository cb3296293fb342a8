/** What a terminal is, what may safely be written to one, and the signals that come from it. */
@NullMarked
package dev.stepbox.cli.terminal;

import org.jspecify.annotations.NullMarked;
