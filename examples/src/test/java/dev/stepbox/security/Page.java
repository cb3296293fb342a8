package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The page of the documentation that shows the table; between two marks it is written by us. */
final class Page {
  private static final String BEGIN = "<!-- checks: ./check security --update -->\n";
  private static final String END = "<!-- end -->\n";

  private final Path file;

  Page(Path repository) {
    this.file = repository.resolve("docs/reference/security-checks.md");
  }

  /** Writes the rows and the notes on what deviates into the page. */
  void update(List<Row> rows) throws IOException {
    String text = Files.readString(file, UTF_8);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    Files.writeString(
        file,
        text.substring(0, begin) + "\n" + table(rows) + "\n" + text.substring(text.indexOf(END)));
  }

  /** The table as Markdown, with an explanation of each deviation below it. */
  static String table(List<Row> rows) {
    StringBuilder table = new StringBuilder(Row.HEADER);
    rows.forEach(row -> table.append(row.markdown()));
    List<Row> deviations = rows.stream().filter(row -> row.verdict() == Verdict.DEVIATES).toList();
    if (!deviations.isEmpty()) {
      table.append("\nDeviations:\n\n");
      deviations.forEach(row -> table.append("* %d: %s%n".formatted(row.number(), row.note())));
    }
    List<Row> theirs = rows.stream().filter(row -> !row.theirs().isEmpty()).toList();
    if (!theirs.isEmpty()) {
      table.append("\nWhat is theirs to fail:\n\n");
      theirs.forEach(row -> table.append("* %d: %s%n".formatted(row.number(), row.theirs())));
    }
    return table.toString();
  }

  /** What the page says otherwise than the rows, or not at all. */
  List<String> disagreements(List<Row> rows) throws IOException {
    List<String> lines =
        Files.readString(file, UTF_8).lines().filter(line -> line.matches("\\| \\d.*")).toList();
    List<String> problems = new ArrayList<>();
    for (Row row : rows) {
      if (lines.stream().noneMatch(row::agreesWith)) {
        problems.add("not on the page: " + row.markdown().strip());
      }
    }
    for (String line : lines) {
      if (rows.stream().noneMatch(row -> row.agreesWith(line))) {
        problems.add("only on the page: " + line);
      }
    }
    return problems;
  }
}
