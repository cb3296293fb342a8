/** Output of steps: kept in files with times, and read from there. */
@NullMarked
package dev.stepbox.engine.log;

import org.jspecify.annotations.NullMarked;
