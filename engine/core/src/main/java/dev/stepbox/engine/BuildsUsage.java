package dev.stepbox.engine;

/**
 * What the builds of a home take on disk beside the store: journals, logs, artifacts.
 *
 * @param builds how many are kept
 */
public record BuildsUsage(int builds, long bytes) {}
