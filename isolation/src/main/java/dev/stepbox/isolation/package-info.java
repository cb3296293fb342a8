/** Runs one process in a sandbox and says how it ended. */
@NullMarked
package dev.stepbox.isolation;

import org.jspecify.annotations.NullMarked;
