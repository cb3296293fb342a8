/** The port to workers: how the engine reaches the one that runs a build's stages. */
@NullMarked
package dev.stepbox.engine.worker;

import org.jspecify.annotations.NullMarked;
