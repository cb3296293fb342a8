/** Runs every example as a user would: the real command line, in a process of its own. */
@NullMarked
package dev.stepbox.examples;

import org.jspecify.annotations.NullMarked;
