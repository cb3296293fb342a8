/** Turns an expanded pipeline and a request into the acyclic graph that a build follows. */
@NullMarked
package dev.stepbox.engine.plan;

import org.jspecify.annotations.NullMarked;
