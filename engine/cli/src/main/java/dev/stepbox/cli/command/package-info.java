/** The commands: one class for each, its options, its help and what it does. */
@NullMarked
package dev.stepbox.cli.command;

import org.jspecify.annotations.NullMarked;
