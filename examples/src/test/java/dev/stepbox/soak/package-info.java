/** Thousands of sandboxes, one after the other and at once, and what is there before and after. */
@NullMarked
package dev.stepbox.soak;

import org.jspecify.annotations.NullMarked;
