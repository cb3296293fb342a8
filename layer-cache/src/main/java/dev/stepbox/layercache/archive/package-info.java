/** Reads tar archives that nobody vouches for, and unpacks layers from them. */
@NullMarked
package dev.stepbox.layercache.archive;

import org.jspecify.annotations.NullMarked;
