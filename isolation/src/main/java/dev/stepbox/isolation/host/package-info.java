/** Finds out what this machine offers for isolation, and what it lacks and why. */
@NullMarked
package dev.stepbox.isolation.host;

import org.jspecify.annotations.NullMarked;
