/** Follows the raw output of a step and hands it on masked, with offsets to go on from. */
@NullMarked
package dev.stepbox.agent.worker.output;

import org.jspecify.annotations.NullMarked;
