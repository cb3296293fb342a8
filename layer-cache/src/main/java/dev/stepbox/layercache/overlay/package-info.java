/** Says which directories make a stack of layers, what is seen in it, and how stacks are merged. */
@NullMarked
package dev.stepbox.layercache.overlay;

import org.jspecify.annotations.NullMarked;
