/** Fakes of what the engine needs around it, and the one way to wait. */
@NullMarked
package dev.stepbox.engine.testing;

import org.jspecify.annotations.NullMarked;
