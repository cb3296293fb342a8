package dev.stepbox.isolation;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherConstants;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the tests of some classes that have a tag, as a program: where they run, in an emulated
 * machine, Maven would take longer than all of them. A skipped test counts as failed.
 */
final class TestProgram implements TestExecutionListener {
  private static final Duration TEST_LIMIT = Duration.ofMinutes(2);

  private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
  private int succeeded;
  private int failed;

  private TestProgram() {}

  /**
   * Ends with exit code 0 if at least one test ran and all were successful.
   *
   * @param arguments the tag, and the names of classes
   */
  public static void main(String[] arguments) {
    TestProgram program = new TestProgram();
    Stream<String> classes = List.of(arguments).stream().skip(1);
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(classes.map(name -> selectClass(name)).toList())
                .filters(TagFilter.includeTags(arguments[0]))
                .configurationParameter(
                    "junit.jupiter.execution.timeout.default", TEST_LIMIT.toSeconds() + " s")
                .configurationParameter(
                    LauncherConstants.STACKTRACE_PRUNING_ENABLED_PROPERTY_NAME, "false")
                .build(),
            program);
    program.out.printf("# %d succeeded, %d failed%n", program.succeeded, program.failed);
    System.exit(program.failed == 0 && program.succeeded > 0 ? 0 : 1);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean isGood = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (isGood && test.isContainer()) {
      return;
    }
    tell(isGood, test.getDisplayName());
    result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(out));
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    tell(false, "%s was skipped: %s".formatted(test.getDisplayName(), reason));
  }

  private void tell(boolean isGood, String sentence) {
    succeeded += isGood ? 1 : 0;
    failed += isGood ? 0 : 1;
    out.printf("%s - %s%n", isGood ? "ok" : "not ok", sentence);
  }
}
