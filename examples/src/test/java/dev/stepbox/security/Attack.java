package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One attack program: a C file or script whose first comment tells its number, what it attempts,
 * what it should meet, and how to prove outside of any sandbox that it can get through.
 *
 * @param name of the program, without an ending
 * @param header the lines "key: value" of its first comment
 */
record Attack(String name, List<Line> header) {
  private static final Pattern LINE = Pattern.compile("^(?:/\\*| \\*|#) ([a-z]+): (.*)$");
  private static final int HEADER_LINES = 20;

  /** One line of the header. */
  record Line(String key, String value) {}

  /** Those of a directory, in the order of their names. */
  static List<Attack> in(Path directory) throws IOException {
    List<Attack> attacks = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[0-9]*.{c,sh}")) {
      TreeSet<Path> sorted = new TreeSet<>();
      files.forEach(sorted::add);
      for (Path file : sorted) {
        attacks.add(read(file));
      }
    }
    return attacks;
  }

  private static Attack read(Path file) throws IOException {
    List<Line> header = new ArrayList<>();
    for (String text : Files.readString(file, UTF_8).lines().limit(HEADER_LINES).toList()) {
      Matcher line = LINE.matcher(text);
      if (line.matches()) {
        header.add(new Line(line.group(1), line.group(2).strip()));
      }
    }
    return new Attack(file.getFileName().toString().replaceFirst("\\.[a-z]+$", ""), header);
  }

  int number() {
    return Integer.parseInt(required("check"));
  }

  String attempt() {
    return required("attempt");
  }

  String expected() {
    return required("expected");
  }

  /** "user", "namespaces", "root", or "none: reason". */
  String control() {
    return required("control");
  }

  /** What a shell does before it becomes the program in the control run. */
  String controlSetting() {
    return value("setting", "");
  }

  /** How the step should end: empty for an exit code, else for example "killed oom". */
  String ends() {
    return value("ends", "");
  }

  /** Why a deviation is one; empty where none is known. */
  String deviation() {
    return value("deviation", "");
  }

  /** Why this gets through where an OCI runtime makes the sandbox; empty where it must not. */
  String theirs() {
    return value("runtimes", "");
  }

  /** What it is that gets through there, as a pattern for "attempt: what it met". */
  String through() {
    return value("through", "");
  }

  /** Whether a second stage, which needs the first, runs the program again with argument 2. */
  boolean hasSecondStage() {
    return value("stages", "1").equals("2");
  }

  /** Whether the step has a terminal. */
  boolean hasTerminal() {
    return value("terminal", "no").equals("yes");
  }

  /**
   * More lines of the step in the pipeline; {@code {whom}} in them is who runs it, {@code {maker}}
   * who makes the containers.
   */
  List<String> settings() {
    return header.stream().filter(line -> line.key().equals("step")).map(Line::value).toList();
  }

  private String required(String key) {
    String value = value(key, "");
    if (value.isEmpty()) {
      throw new IllegalStateException("'%s' has no line '%s:'".formatted(name, key));
    }
    return value;
  }

  private String value(String key, String otherwise) {
    return header.stream()
        .filter(line -> line.key().equals(key))
        .map(Line::value)
        .findFirst()
        .orElse(otherwise);
  }
}
