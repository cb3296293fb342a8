package dev.stepbox.engine.worker;

import dev.stepbox.engine.BuildId;
import java.nio.file.Path;

/**
 * Directories of one build that its worker writes to; all exist.
 *
 * @param run sockets and records of running steps; gone with the build's release
 * @param artifacts files kept by {@code archive} steps, by their path
 * @param stashes what {@code stash} steps keep
 */
public record BuildPlaces(BuildId build, Path run, Path artifacts, Path stashes) {}
