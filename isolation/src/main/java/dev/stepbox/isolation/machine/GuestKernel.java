package dev.stepbox.isolation.machine;

import java.nio.file.Path;

/**
 * A kernel of the distribution.
 *
 * @param version as {@code uname -r} gives it
 * @param image the file {@code vmlinuz}
 * @param modules the directory of its modules
 */
public record GuestKernel(String version, Path image, Path modules) {}
