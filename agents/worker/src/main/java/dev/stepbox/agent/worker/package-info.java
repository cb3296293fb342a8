/** Carries out the steps that an engine assigns. */
@NullMarked
package dev.stepbox.agent.worker;

import org.jspecify.annotations.NullMarked;
