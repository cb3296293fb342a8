/** Brings images into a store and finds them there. */
@NullMarked
package dev.stepbox.layercache.image;

import org.jspecify.annotations.NullMarked;
