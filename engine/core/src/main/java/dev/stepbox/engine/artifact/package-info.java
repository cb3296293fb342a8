/** Files that steps asked to be kept with their build. */
@NullMarked
package dev.stepbox.engine.artifact;

import org.jspecify.annotations.NullMarked;
