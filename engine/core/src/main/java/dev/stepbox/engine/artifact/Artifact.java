package dev.stepbox.engine.artifact;

/**
 * A file that is kept with a build.
 *
 * @param path relative to the workspace it came from, with {@code /}
 * @param bytes its size
 */
public record Artifact(String path, long bytes) {}
