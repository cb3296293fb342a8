/** Turns what a step asks for into what the launcher does: all policy, no system call. */
@NullMarked
package dev.stepbox.isolation.plan;

import org.jspecify.annotations.NullMarked;
