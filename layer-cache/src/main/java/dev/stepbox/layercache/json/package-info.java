/** Reads the JSON documents of images, which nobody vouches for. */
@NullMarked
package dev.stepbox.layercache.json;

import org.jspecify.annotations.NullMarked;
