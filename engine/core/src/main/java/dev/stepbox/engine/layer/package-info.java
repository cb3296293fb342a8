/**
 * What the engine does with layers: find images, join what stages left behind, keep what is needed.
 */
@NullMarked
package dev.stepbox.engine.layer;

import org.jspecify.annotations.NullMarked;
