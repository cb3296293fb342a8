/** Decides which step runs when and where, and records what happened. */
@NullMarked
package dev.stepbox.engine;

import org.jspecify.annotations.NullMarked;
