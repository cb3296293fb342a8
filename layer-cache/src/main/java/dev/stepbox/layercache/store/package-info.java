/** The files of a store: their names, how they are written, read and locked. */
@NullMarked
package dev.stepbox.layercache.store;

import org.jspecify.annotations.NullMarked;
