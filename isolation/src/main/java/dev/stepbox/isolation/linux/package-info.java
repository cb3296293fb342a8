/** Sandboxes on Linux: starts the launcher, speaks its protocol, keeps what outlives the engine. */
@NullMarked
package dev.stepbox.isolation.linux;

import org.jspecify.annotations.NullMarked;
