/** Runs the steps of a stage one after the other and tells the engine how each of them went. */
@NullMarked
package dev.stepbox.agent.worker.execution;

import org.jspecify.annotations.NullMarked;
