/**
 * Executes stages: {@link Worker} is the entry, started with a {@link WorkerConfig} on its end of a
 * transport.
 */
@NullMarked
package dev.stepbox.agent.worker;

import org.jspecify.annotations.NullMarked;
