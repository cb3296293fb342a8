package dev.stepbox.agent.worker;

import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.LayerCache;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * What a worker works with. The worker closes none of it.
 *
 * @param name for people
 * @param home absolute directory that holds the store and the directories of all builds; what steps
 *     see of the disk lies below it
 * @param cache the store
 * @param sandboxes opens the sandbox of a build
 * @param directories of builds
 * @param hostImage what {@code image: host} shows
 * @param clock tells the time of day
 */
public record WorkerConfig(
    String name,
    Path home,
    LayerCache cache,
    Sandboxes sandboxes,
    BuildDirectories directories,
    ImageSource.HostImage hostImage,
    InstantSource clock) {}
