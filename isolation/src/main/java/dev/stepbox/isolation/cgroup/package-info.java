/** Finds the control groups that this user may use, and speaks their files in both versions. */
@NullMarked
package dev.stepbox.isolation.cgroup;

import org.jspecify.annotations.NullMarked;
