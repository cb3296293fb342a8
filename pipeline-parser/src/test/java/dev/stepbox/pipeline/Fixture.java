package dev.stepbox.pipeline;

import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceText;
import dev.stepbox.pipeline.expand.WhenContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * A pipeline and what is expected of it. Comments {@code # param: NAME=VALUE}, {@code # env:
 * NAME=VALUE} and {@code # branch: NAME} at its top say for which build it is expanded.
 */
final class Fixture {
  private static final Path ROOT = Path.of("src/test/resources");

  private final Folder folder;
  private final String name;
  private final byte[] bytes;

  Fixture(Folder folder, String name, byte[] bytes) {
    this.folder = folder;
    this.name = name;
    this.bytes = bytes.clone();
  }

  /** The folders of fixtures. */
  enum Folder {
    /** Accepted without a word. */
    VALID,
    /** Accepted with a warning. */
    WARNING,
    /** Rejected, by the schema too. */
    INVALID,
    /** Rejected, for a reason that the schema cannot express. */
    SEMANTIC;

    String path() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  Folder folder() {
    return folder;
  }

  String name() {
    return name;
  }

  byte[] bytes() {
    return bytes.clone();
  }

  static List<Fixture> in(Folder folder) {
    try (Stream<Path> files = Files.list(ROOT.resolve(folder.path()))) {
      List<Fixture> fixtures = new ArrayList<>();
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
        String name = file.getFileName().toString().replace(".yaml", "");
        fixtures.add(new Fixture(folder, name, Files.readAllBytes(file)));
      }
      fixtures.addAll(GeneratedFixtures.in(folder));
      return fixtures;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static List<Fixture> all() {
    return Stream.of(Folder.values()).flatMap(folder -> in(folder).stream()).toList();
  }

  Path expected() {
    return ROOT.resolve(folder.path()).resolve(name + ".expected.txt");
  }

  /** The code in front of the name. */
  String code() {
    return name.substring(0, name.indexOf('-'));
  }

  SourceText source() {
    return SourceText.of(new SourceName("stepbox.yaml"), bytes);
  }

  WhenContext context() {
    String branch = null;
    SequencedMap<String, String> environment = new LinkedHashMap<>();
    SequencedMap<String, String> parameters = new LinkedHashMap<>();
    String text = new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    for (String line : text.lines().takeWhile(line -> line.startsWith("# ")).toList()) {
      String value = line.substring(line.indexOf(':') + 1).strip();
      switch (line.substring(2, Math.max(2, line.indexOf(':')))) {
        case "param" -> put(parameters, value);
        case "env" -> put(environment, value);
        case "branch" -> branch = value;
        default -> {}
      }
    }
    return new WhenContext(branch, environment, parameters);
  }

  private static void put(Map<String, String> map, String assignment) {
    int equals = assignment.indexOf('=');
    map.put(assignment.substring(0, equals), assignment.substring(equals + 1));
  }

  @Override
  public String toString() {
    return folder.path() + "/" + name;
  }
}
