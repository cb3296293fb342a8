/** Attacks a sandbox from inside a step of the real product, and tells what held. */
@NullMarked
package dev.stepbox.security;

import org.jspecify.annotations.NullMarked;
