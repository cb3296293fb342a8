/** Calls of the system that the JDK does not make, for files of this process's own user. */
@NullMarked
package dev.stepbox.isolation.posix;

import org.jspecify.annotations.NullMarked;
