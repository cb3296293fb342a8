package dev.stepbox.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.pipeline.Fixture.Folder;
import dev.stepbox.pipeline.schema.Limits;
import java.util.ArrayList;
import java.util.List;

/** Fixtures that are too large for the repository, or not text. */
final class GeneratedFixtures {
  private static final String HEAD = "stepbox: 1\n";
  private static final String STAGES = "stages:\n  - stage: Build\n    steps:\n      - sh: make\n";

  static List<Fixture> in(Folder folder) {
    return switch (folder) {
      case VALID, WARNING -> List.of();
      case INVALID -> invalid();
      case SEMANTIC -> semantic();
    };
  }

  private static List<Fixture> invalid() {
    List<Fixture> all = new ArrayList<>();
    add(all, Folder.INVALID, "P003-bell", HEAD + "name: a\u0007b\u001b[31m\n");
    add(all, Folder.INVALID, "P004-only-brackets", "[".repeat(60));
    add(all, Folder.INVALID, "P005-nothing", "");
    add(all, Folder.INVALID, "P012-values-behind-aliases", laughs());
    add(all, Folder.INVALID, "P110-too-many-steps", steps(Limits.STEPS_MAX + 1));
    return all;
  }

  private static List<Fixture> semantic() {
    List<Fixture> all = new ArrayList<>();
    add(
        all,
        Folder.SEMANTIC,
        "P001-one-byte-too-many",
        HEAD + STAGES + "#\n".repeat((Limits.FILE_BYTES_MAX - 60) / 2) + "#".repeat(80));
    add(
        all,
        Folder.SEMANTIC,
        "P002-long-comment",
        HEAD + STAGES + "# " + "long ".repeat(Limits.LINE_BYTES_MAX / 5) + "\n");
    add(
        all,
        Folder.SEMANTIC,
        "P007-too-deep",
        HEAD
            + "stages:\n  - stage: Build\n    when: "
            + "{not: ".repeat(Limits.DEPTH_MAX)
            + "{branch: main}"
            + "}".repeat(Limits.DEPTH_MAX)
            + "\n    steps: [{sh: make}]\n");
    add(
        all,
        Folder.SEMANTIC,
        "P008-too-many-aliases",
        HEAD
            + "environment: {A: &a x}\nstages:\n  - stage: Build\n    steps:\n"
            + "      - sh: *a\n".repeat(Limits.ALIASES_MAX + 1));
    add(all, Folder.SEMANTIC, "P205-cells", matrices(11));
    add(
        all,
        Folder.SEMANTIC,
        "P110-cells-of-a-matrix",
        HEAD
            + "stages:\n  - stage: Test\n    matrix:\n      axes:\n"
            + "        A: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n"
            + "        B: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n"
            + "        C: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n"
            + "    steps: [{sh: make}]\n");
    add(
        all,
        Folder.SEMANTIC,
        "P110-script-in-bytes",
        HEAD
            + "stages:\n  - stage: Build\n    steps:\n      - sh: |\n"
            + ("          " + "ä".repeat(100) + "\n").repeat(400));
    all.add(
        new Fixture(
            Folder.SEMANTIC,
            "P003-latin-1",
            (HEAD + "# caf\u00e9\n" + STAGES).getBytes(ISO_8859_1)));
    return all;
  }

  /** Lists of lists of lists behind few aliases. */
  private static String laughs() {
    StringBuilder text = new StringBuilder(HEAD);
    text.append("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int level = 1; level <= 9; level++) {
      String last = "*a" + (level - 1);
      text.append("a%d: &a%d [%s, %s, %s]\n".formatted(level, level, last, last, last));
    }
    return text.append(STAGES).toString();
  }

  private static String steps(int count) {
    return HEAD + "stages:\n  - stage: Build\n    steps:\n" + "      - sh: make\n".repeat(count);
  }

  /** Stages with a thousand cells each. */
  private static String matrices(int count) {
    StringBuilder text = new StringBuilder(HEAD).append("stages:\n");
    String values = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    for (int stage = 0; stage < count; stage++) {
      text.append("  - stage: T%d\n    matrix:\n      axes:\n".formatted(stage))
          .append("        A: %s\n        B: %s\n".formatted(values, values))
          .append("        C: %s\n    steps: [{sh: make}]\n".formatted(values));
    }
    return text.toString();
  }

  private static void add(List<Fixture> all, Folder folder, String name, String text) {
    all.add(new Fixture(folder, name, text.getBytes(UTF_8)));
  }

  private GeneratedFixtures() {}
}
