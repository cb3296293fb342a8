/** Decides what of a store is to be removed, and removes it. */
@NullMarked
package dev.stepbox.layercache.reclaim;

import org.jspecify.annotations.NullMarked;
