package dev.stepbox.cli.wiring;

import dev.stepbox.engine.scm.GitSourceTrees;
import dev.stepbox.engine.scm.SourceTrees;
import dev.stepbox.isolation.host.HostFiles;
import dev.stepbox.isolation.host.IdMaps;
import dev.stepbox.isolation.linux.LinuxSandboxes;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.posix.NamedPipes;
import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCache;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Gives the parts what they need of this machine. */
final class Machine {

  private static final Path ROOT = Path.of("/");
  private static final Path RANDOM = Path.of("/dev/urandom");
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private Machine() {}

  static LinuxSandboxes sandboxes(Surroundings surroundings) {
    return new LinuxSandboxes(
        new LinuxSandboxes.Settings(
            host(surroundings),
            launchers(surroundings),
            runtime(surroundings),
            System.getProperty("os.arch"),
            surroundings.orphanTimeout()));
  }

  /** Where the launcher is executed. */
  static Path launchers(Surroundings surroundings) {
    return surroundings.home().resolve("launcher");
  }

  static HostFiles host(Surroundings surroundings) {
    return new HostFiles(ROOT, System.getProperty("user.name"), surroundings.environment());
  }

  static SourceTrees sources(Surroundings surroundings) {
    return new GitSourceTrees(surroundings.clock());
  }

  static IdMap ids(Surroundings surroundings) {
    return IdMaps.choose(host(surroundings).idFacts());
  }

  static LayerCache layerCache(Surroundings surroundings, Path directory, IdMappedTree port)
      throws InterruptedException {
    return LayerCache.open(
        directory,
        surroundings.limits(),
        port,
        new dev.stepbox.layercache.Surroundings(
            surroundings.clock(), Machine::random, bootId(), architecture(), NamedPipes::make));
  }

  /** As good as SecureRandom, which loads and starts the JDK's security providers first. */
  static long random() {
    try (InputStream source = Files.newInputStream(RANDOM)) {
      return ByteBuffer.wrap(source.readNBytes(Long.BYTES)).getLong();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read '%s'".formatted(RANDOM), e);
    }
  }

  private static String bootId() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read '%s'. Mount /proc.".formatted(BOOT_ID), e);
    }
  }

  private static String architecture() {
    String name = System.getProperty("os.arch");
    return switch (name) {
      case "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> name;
    };
  }

  /** For sockets whose path in the home would be too long. */
  private static Path runtime(Surroundings surroundings) {
    Path given = surroundings.runtime();
    return given == null
        ? Path.of("/tmp", "stepbox-" + System.getProperty("user.name"))
        : given.resolve("stepbox");
  }
}
