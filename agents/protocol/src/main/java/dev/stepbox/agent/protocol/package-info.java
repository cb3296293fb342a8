/**
 * What an engine and a worker say to each other: {@link ToWorker} and {@link FromWorker} messages,
 * the {@link Transport} that carries them, and the JSON-lines codec for transports that leave the
 * process.
 */
@NullMarked
package dev.stepbox.agent.protocol;

import org.jspecify.annotations.NullMarked;
