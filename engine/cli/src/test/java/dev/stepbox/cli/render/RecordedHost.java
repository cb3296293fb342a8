package dev.stepbox.cli.render;

import dev.stepbox.isolation.host.Doctor;
import dev.stepbox.isolation.host.DoctorReport;
import dev.stepbox.isolation.host.HostFiles;
import dev.stepbox.isolation.host.Probe;
import dev.stepbox.isolation.host.Probe.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A host as {@code src/test/hosts/record} wrote it down, laid out below a directory. */
final class RecordedHost {
  private static final int MOUNT_POINT = 4;

  private final Path root;
  private final Map<String, String> environment = new HashMap<>();
  private final List<Probe> probes = new ArrayList<>();
  private final Map<Path, StringBuilder> files = new HashMap<>();
  private String user = "";
  private String store = "";

  private RecordedHost(Path root) {
    this.root = root;
  }

  static RecordedHost of(Path facts, Path root) throws IOException {
    RecordedHost host = new RecordedHost(root);
    StringBuilder text = new StringBuilder();
    boolean isOfMounts = false;
    for (String line : Files.readAllLines(facts)) {
      if (line.startsWith("|")) {
        String content = line.substring(1);
        text.append(isOfMounts ? host.placed(content) : content).append('\n');
      } else if (line.startsWith("file ")) {
        isOfMounts = line.endsWith("/mountinfo");
        text = host.file(line.substring("file ".length()));
      } else if (!line.startsWith("#")) {
        host.take(line.split(" ", 5));
      }
    }
    host.lay();
    return host;
  }

  private StringBuilder file(String name) {
    StringBuilder text = new StringBuilder();
    files.put(root.resolve(name), text);
    return text;
  }

  private void take(String[] words) throws IOException {
    switch (words[0]) {
      case "user" -> user = words[1];
      case "store" -> store = words[1];
      case "env" -> {
        String[] pair = words[1].split("=", 2);
        environment.put(pair[0], pair[1]);
      }
      case "directory" -> Files.createDirectories(root.resolve(words[1]));
      case "program", "node" -> {
        Path file = root.resolve(words[2]);
        Files.createDirectories(file.resolveSibling(""));
        Files.createFile(file);
        Files.setAttribute(file, "unix:mode", Integer.parseInt(words[1], 8));
      }
      case "probe" ->
          probes.add(
              new Probe(
                  words[1],
                  Result.valueOf(words[2].toUpperCase(Locale.ROOT)),
                  words[3],
                  words.length > MOUNT_POINT ? words[4] : ""));
      default -> throw new IOException("what is '%s'?".formatted(words[0]));
    }
  }

  /** Mounts lie where the host lies. */
  private String placed(String line) {
    String[] fields = line.split(" ", -1);
    fields[MOUNT_POINT] = fields[MOUNT_POINT].equals("/") ? "/" : root + fields[MOUNT_POINT];
    return String.join(" ", fields);
  }

  private void lay() throws IOException {
    for (Map.Entry<Path, StringBuilder> file : files.entrySet()) {
      Files.createDirectories(file.getKey().resolveSibling(""));
      Files.writeString(file.getKey(), file.getValue());
    }
  }

  HostFiles files() {
    return new HostFiles(root, user, environment);
  }

  Path store() {
    return root.resolve(store.substring(1));
  }

  DoctorReport report() {
    return new Doctor(files(), store(), probes).examine();
  }

  /** Text as on the host itself. */
  String plain(List<String> lines) {
    String text = String.join("\n", lines) + "\n";
    return text.replace("'" + root + "'", "'/'").replace(root.toString(), "");
  }

  /** The names of all that are recorded; for root without those where a file is closed to all. */
  static Set<String> names(Path directory) throws IOException {
    boolean isRoot = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    Set<String> names = new TreeSet<>();
    try (var paths = Files.list(directory)) {
      paths
          .filter(path -> !isRoot || !hasClosedFile(path))
          .map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(".facts"))
          .forEach(name -> names.add(name.substring(0, name.length() - ".facts".length())));
    }
    return names;
  }

  /** To root nothing is closed. */
  private static boolean hasClosedFile(Path facts) {
    try {
      return Files.readAllLines(facts).stream().anyMatch(line -> line.startsWith("node 0 "));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
