package dev.stepbox.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Started by {@code ./check security}: {@code Main REPOSITORY run|full|update|prove|prove-root}.
 * Prints the table, or what a control run could not do; ends with 1 when anything is not as it
 * should be.
 */
public final class Main {
  static final int STARTS = 300;
  private static final int STARTS_FULL = 9_900;

  private Main() {}

  /** Runs the suite, or its controls. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 2) {
      throw new IllegalArgumentException("usage: Main REPOSITORY run|full|update|prove|prove-root");
    }
    Path repository = Path.of(arguments[0]);
    Path scratch = SecuritySuite.scratch();
    boolean isFine;
    try {
      Path directory = Files.createDirectory(scratch.resolve("suite"));
      Commands commands =
          new Commands(
              List.of(repository.resolve("stepbox").toString()),
              directory,
              scratch.resolve("home"));
      SecuritySuite suite = new SecuritySuite(repository, commands);
      suite.compile();
      isFine =
          arguments[1].startsWith("prove")
              ? prove(suite, arguments[1])
              : run(suite, new Page(repository), arguments[1]);
      commands.stepbox("cache", "prune", "--all");
    } finally {
      SecuritySuite.remove(scratch);
    }
    System.exit(isFine ? 0 : 1);
  }

  private static boolean run(SecuritySuite suite, Page page, String how)
      throws IOException, InterruptedException {
    List<Row> rows = suite.run(how.equals("full") ? STARTS_FULL : STARTS);
    System.out.print(Page.table(rows));
    if (how.equals("update")) {
      page.update(rows);
    }
    List<String> problems = page.disagreements(rows);
    problems.forEach(System.out::println);
    long failed = rows.stream().filter(row -> row.verdict() == Verdict.FAILED).count();
    System.out.printf(
        "%d rows, %d failed, %d disagreements with the page%n",
        rows.size(), failed, problems.size());
    return failed == 0 && problems.isEmpty();
  }

  private static boolean prove(SecuritySuite suite, String how)
      throws IOException, InterruptedException {
    List<String> problems = suite.prove(how.equals("prove-root"));
    problems.forEach(problem -> System.out.println("did not get through: " + problem));
    return problems.isEmpty();
  }
}
