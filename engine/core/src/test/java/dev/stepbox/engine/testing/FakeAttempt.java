package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.agent.protocol.StepTimings;
import dev.stepbox.agent.protocol.TimeMark;
import dev.stepbox.agent.protocol.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One attempt of a {@link FakeWorker}. */
final class FakeAttempt {

  private final FakeWorker worker;
  private final Assignment assignment;
  private final Instant startedAt;
  private final Map<Integer, StepProgress> known = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition cancelled = lock.newCondition();
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable String cancelledBy;
  private boolean isKilled;
  private boolean hasFailedItself;
  private StageResult result;
  private @Nullable String because;
  private @Nullable AgentErrorCode code;

  FakeAttempt(
      FakeWorker worker, Assignment assignment, Instant startedAt, List<StepProgress> progress) {
    this.worker = worker;
    this.assignment = assignment;
    this.startedAt = startedAt;
    this.result = assignment.prior();
    progress.forEach(step -> known.put(step.step(), step));
  }

  Assignment assignment() {
    return assignment;
  }

  void start() {
    worker.tell(new FromWorker.StageAccepted(assignment.attempt(), startedAt));
    Thread.ofPlatform().daemon().start(this::run);
    Duration timeout = assignment.settings().timeout();
    if (timeout != null) {
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            if (!await(timeout)) {
              cancel(CancelMode.GRACEFUL, "timeout");
            }
          });
    }
  }

  private boolean await(Duration time) {
    try {
      return ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  void awaitEnd() {
    await(Duration.ofMinutes(1));
  }

  void cancel(CancelMode mode, String reason) {
    lock.lock();
    try {
      isKilled |= mode == CancelMode.KILL;
      cancelledBy = cancelledBy == null ? reason : cancelledBy;
      cancelled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    for (StepAssignment step : assignment.steps()) {
      run(step, null);
    }
    StageResult before = result;
    assignment
        .post()
        .forEach((condition, block) -> {
          boolean isDue = isDue(condition);
          boolean hasFailed = false;
          for (StepAssignment step : block) {
            hasFailed |= !run(step, isDue && !hasFailed ? condition : null, isDue);
          }
        });
    boolean isOwnPost = assignment.steps().isEmpty() && !hasFailedItself && before == result;
    finish(isOwnPost && !isKilled ? StageResult.SUCCEEDED : result);
  }

  private boolean isDue(PostCondition condition) {
    return switch (condition) {
      case ALWAYS, CLEANUP -> true;
      case ABORTED -> result == StageResult.ABORTED;
      case SUCCESS -> result == StageResult.SUCCEEDED;
      case FAILURE -> result == StageResult.FAILED || result == StageResult.ERRORED;
    };
  }

  private boolean run(StepAssignment step, @Nullable PostCondition post) {
    StepOutcome outcome;
    StepProgress before = known.get(step.index());
    if (before != null && before.outcome() != null) {
      count(before.outcome());
      return true;
    }
    if (isStopped(post != null)) {
      outcome = new StepOutcome.Cancelled(reason(), null);
    } else if (post == null && result != StageResult.SUCCEEDED) {
      outcome = new StepOutcome.Skipped("a step before it failed");
    } else {
      outcome = act(step, post != null, before);
    }
    return told(step, outcome);
  }

  private boolean run(StepAssignment step, @Nullable PostCondition due, boolean isBlockDue) {
    if (due != null || known.containsKey(step.index())) {
      return run(step, PostCondition.ALWAYS);
    }
    return told(
        step,
        isKilled
            ? new StepOutcome.Cancelled(reason(), null)
            : new StepOutcome.Skipped(isBlockDue ? "a step before it failed" : "not due"));
  }

  private boolean told(StepAssignment step, StepOutcome outcome) {
    count(outcome);
    worker.tell(
        new FromWorker.StepFinished(
            assignment.attempt(),
            step.index(),
            outcome,
            new StepTimings(startedAt, Duration.ofMillis(2), Duration.ofMillis(5)),
            Usage.unknown(),
            List.of()));
    return outcome instanceof StepOutcome.Succeeded || outcome instanceof StepOutcome.Skipped;
  }

  private boolean isStopped(boolean isPost) {
    lock.lock();
    try {
      return isKilled || (cancelledBy != null && !isPost);
    } finally {
      lock.unlock();
    }
  }

  private String reason() {
    lock.lock();
    try {
      return cancelledBy == null ? "nobody" : cancelledBy;
    } finally {
      lock.unlock();
    }
  }

  private StepOutcome act(StepAssignment step, boolean isPost, @Nullable StepProgress before) {
    String script =
        step.action() instanceof Action.Shell shell ? shell.script() : "print " + step.label();
    if (step.action() instanceof Action.SourceMissing missing) {
      return new StepOutcome.Errored(AgentErrorCode.SOURCE_MISSING, missing.because());
    }
    if (script.equals("cannot start")) {
      return new StepOutcome.Errored(AgentErrorCode.SANDBOX_NOT_STARTED, "told not to start");
    }
    if (before == null || !before.started()) {
      worker.tell(
          new FromWorker.StepStarted(
              assignment.attempt(), step.index(), startedAt, Duration.ofMillis(2)));
    }
    String[] words = script.split(" ", 2);
    long from = before == null ? 0 : before.rawOffset();
    return switch (words[0]) {
      case "lines" -> {
        for (String piece : lines(Integer.parseInt(words[1]))) {
          from = print(step, piece, from);
        }
        yield new StepOutcome.Succeeded();
      }
      case "exit" -> new StepOutcome.Failed(Integer.parseInt(words[1]), null);
      case "hang" -> {
        print(step, words[1], from);
        yield hang(step, isPost);
      }
      case "variable" -> {
        print(step, masked(variable(words[1])), from);
        yield new StepOutcome.Succeeded();
      }
      default -> {
        print(step, words.length > 1 ? words[1] : words[0], from);
        yield new StepOutcome.Succeeded();
      }
    };
  }

  /** Pieces that end within lines, so that a resumed log shows any byte that is lost or doubled. */
  private static List<String> lines(int count) {
    var all = new StringBuilder();
    for (int i = 1; i <= count; i++) {
      all.append("line ").append(i).append('\n');
    }
    List<String> pieces = new ArrayList<>();
    for (int at = 0; at < all.length(); at += 13) {
      pieces.add(all.substring(0, Math.min(all.length(), at + 13)));
    }
    return pieces;
  }

  /** Print what of a text lies behind an offset; returns where it ends. */
  private long print(StepAssignment step, String text, long from) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= from) {
      return from;
    }
    worker.tell(
        new FromWorker.StepOutput(
            assignment.attempt(),
            step.index(),
            Bytes.copyOf(bytes, (int) from, bytes.length - (int) from),
            bytes.length,
            List.of(new TimeMark(0, startedAt))));
    return bytes.length;
  }

  private String variable(String name) {
    return assignment.secrets().stream()
        .filter(secret -> secret.name().equals(name))
        .map(Secret::value)
        .findFirst()
        .orElseGet(() -> assignment.environment().getOrDefault(name, ""));
  }

  private String masked(String text) {
    String masked = text;
    for (Secret secret : assignment.secrets()) {
      masked = masked.replace(secret.value(), "****");
    }
    return masked;
  }

  private StepOutcome hang(StepAssignment step, boolean isPost) {
    Duration timeout =
        step.action() instanceof Action.Shell shell && shell.timeout() != null
            ? shell.timeout()
            : Duration.ofMinutes(5);
    long nanos = timeout.toNanos();
    lock.lock();
    try {
      while (!isStopped(isPost)) {
        if (nanos <= 0) {
          return new StepOutcome.Killed(KillReason.TIMEOUT, 143);
        }
        nanos = cancelled.awaitNanos(nanos);
      }
      return new StepOutcome.Cancelled(reason(), 143);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new StepOutcome.Cancelled("interrupt", 143);
    } finally {
      lock.unlock();
    }
  }

  private void count(StepOutcome outcome) {
    switch (outcome) {
      case StepOutcome.Succeeded _, StepOutcome.Skipped _ -> {}
      case StepOutcome.Failed failed -> worse(StageResult.FAILED, "exit " + failed.exitCode());
      case StepOutcome.Killed killed -> worse(StageResult.FAILED, "killed: " + killed.reason());
      case StepOutcome.Cancelled by -> worse(StageResult.ABORTED, by.by());
      case StepOutcome.Errored errored -> {
        code = code == null ? errored.code() : code;
        worse(StageResult.ERRORED, errored.message());
      }
    }
  }

  private void worse(StageResult to, String why) {
    hasFailedItself = true;
    if (result.compareTo(to) < 0) {
      result = to;
    }
    because = because == null ? why : because;
  }

  private void finish(StageResult end) {
    Snapshot base = assignment.base();
    List<String> workspace = new ArrayList<>(base.workspaceLayers());
    workspace.add("layer-of-" + assignment.attempt().stage());
    ended.countDown();
    worker.tell(
        new FromWorker.StageFinished(
            assignment.attempt(),
            end,
            end == StageResult.SUCCEEDED ? null : because == null ? "before" : because,
            end == StageResult.ERRORED ? code : null,
            new Snapshot(base.image(), base.rootLayers(), workspace),
            Duration.ofMillis(7)));
  }
}
