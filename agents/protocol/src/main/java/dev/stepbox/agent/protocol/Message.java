package dev.stepbox.agent.protocol;

/**
 * Anything that travels between an engine and a worker. Messages are immutable values and may be
 * handed from thread to thread.
 */
public sealed interface Message permits ToWorker, FromWorker {}
