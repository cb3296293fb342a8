package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** What the host has seen of the attacks. */
final class HostWatch {
  private static final Set<Integer> NETWORK = Set.of(23, 24, 25);
  private static final Set<Integer> LAYERS = Set.of(11, 30, 56);
  private static final Path PROC = Path.of("/proc");
  private static final int OUTPUT = 41;
  private static final int PROCESSES = 42;

  private final Build build;
  private final int visitors;
  private final boolean areLayersUnchanged;

  HostWatch(Build build, int visitors, boolean areLayersUnchanged) {
    this.build = build;
    this.visitors = visitors;
    this.areLayersUnchanged = areLayersUnchanged;
  }

  /** Held, unless the host has something to tell about this attack. */
  Sight look(Attack attack) throws IOException {
    if (NETWORK.contains(attack.number()) && visitors > 0) {
      return Sight.failed("the host had %d visitors".formatted(visitors));
    }
    if (LAYERS.contains(attack.number()) && !areLayersUnchanged) {
      return Sight.failed("a layer of the store has changed");
    }
    if (attack.number() == OUTPUT && build.printed().chars().anyMatch(c -> c == 0x1b || c == 0)) {
      return Sight.failed("control characters were shown");
    }
    if (attack.number() == PROCESSES && isAnyLeft(attack.name())) {
      return Sight.failed("a process is left");
    }
    return Sight.NONE;
  }

  /** By the command line, which every user may read, whatever id the process has. */
  private static boolean isAnyLeft(String name) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (text(process.resolve("cmdline")).startsWith("/checks/" + name)) {
          return true;
        }
      }
      return false;
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, ISO_8859_1);
    } catch (IOException ignored) {
      // The process has ended meanwhile.
      return "";
    }
  }
}
