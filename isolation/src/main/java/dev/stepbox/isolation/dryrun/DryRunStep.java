package dev.stepbox.isolation.dryrun;

import dev.stepbox.isolation.KillReason;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.StepReport;
import dev.stepbox.isolation.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A step of a dry run: waits as long as it was told, then ends as it was told. */
final class DryRunStep implements RunningSandbox {
  private static final String PREFIX = "STEPBOX_DRYRUN_";
  private static final Usage USAGE =
      new Usage(Duration.ZERO, Duration.ZERO, 0L, 1L, 0L, 0L, 0L, 0L);

  private final SandboxSpec spec;
  private final Path output;
  private final LongSupplier nanoTime;
  private final CompletableFuture<SandboxExit> exit = new CompletableFuture<>();
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private volatile long startedNanos;
  private volatile long outputBytes;

  DryRunStep(SandboxSpec spec, Path output, LongSupplier nanoTime) {
    this.spec = spec;
    this.output = output;
    this.nanoTime = nanoTime;
  }

  void start() {
    print();
    String failure = key("FAIL_TO_START");
    if (failure != null) {
      exit.complete(new SandboxExit.NotStarted("dry run", 0, failure, StepReport.UNKNOWN));
      return;
    }
    startedNanos = Math.max(1, nanoTime.getAsLong());
    Thread.ofPlatform().daemon().name("dry-run-" + spec.step()).start(this::sleepAndEnd);
  }

  private void print() {
    try {
      Files.createDirectories(output.resolveSibling(""));
      String text = key("OUTPUT");
      Files.writeString(output, text == null ? "" : text + "\n");
      outputBytes = Files.size(output);
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.OUT_OF_RESOURCES,
          "cannot write the output of step '%s' to '%s': %s".formatted(spec.step(), output, e),
          e);
    }
  }

  private void sleepAndEnd() {
    try {
      long wanted = number("SLEEP");
      Duration timeout = spec.timeout();
      boolean timesOut = timeout != null && timeout.toMillis() < wanted;
      long millis = timeout != null && timesOut ? timeout.toMillis() : wanted;
      boolean isCancelled =
          millis == 0 ? cancelled.getCount() == 0 : cancelled.await(millis, TimeUnit.MILLISECONDS);
      if (isCancelled) {
        exit.complete(new SandboxExit.Cancelled(report()));
      } else if (timesOut) {
        exit.complete(new SandboxExit.Killed(KillReason.TIMEOUT, report()));
      } else {
        exit.complete(ending());
      }
    } catch (InterruptedException e) {
      // Nobody knows this thread, so nobody interrupts it.
      exit.completeExceptionally(e);
    }
  }

  private SandboxExit ending() {
    StepReport report = report();
    String lost = key("LOST");
    if (lost != null) {
      return new SandboxExit.Lost("the supervisor died, as a dry run was told", report);
    }
    String killed = key("KILLED");
    if (killed != null) {
      return new SandboxExit.Killed(KillReason.valueOf(killed.toUpperCase(Locale.ROOT)), report);
    }
    int signal = (int) number("SIGNAL");
    return signal != 0
        ? new SandboxExit.Signaled(signal, report)
        : new SandboxExit.Exited((int) number("EXIT"), report);
  }

  private StepReport report() {
    long ended = Math.max(startedNanos, nanoTime.getAsLong());
    return new StepReport(startedNanos, startedNanos, ended, USAGE, outputBytes, 0);
  }

  private @Nullable String key(String name) {
    Map<String, String> environment = spec.environment();
    return environment.get(PREFIX + name);
  }

  private long number(String name) {
    String value = key(name);
    return value == null ? 0 : Long.parseLong(value);
  }

  @Override
  public String step() {
    return spec.step();
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public OptionalLong startedNanos() {
    return startedNanos == 0 ? OptionalLong.empty() : OptionalLong.of(startedNanos);
  }

  Optional<SandboxExit> exitIfEnded() {
    return exit.isDone() ? Optional.of(exit.join()) : Optional.empty();
  }

  @Override
  public SandboxExit await() throws InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      throw broken(e);
    }
  }

  @Override
  public boolean await(Duration timeout) throws InterruptedException {
    try {
      exit.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException ignored) {
      return false;
    } catch (ExecutionException e) {
      throw broken(e);
    }
  }

  private static IllegalStateException broken(ExecutionException e) {
    return new IllegalStateException("a step of a dry run ended without an end", e);
  }

  @Override
  public void terminate(Duration grace) {
    cancelled.countDown();
  }

  @Override
  public void kill() {
    cancelled.countDown();
  }

  @Override
  public Usage usage() {
    return USAGE;
  }
}
