package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.StepReport;
import dev.stepbox.isolation.Usage;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.FileName;
import dev.stepbox.isolation.linux.PendingCall.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A step as the engine sees it: ends when the supervisor says so, or is gone. */
final class LinuxStep implements RunningSandbox {
  private static final int READING_BYTES_MIN = 8;

  private final String step;
  private final Path output;
  private final Connection connection;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<@Nullable SandboxExit> exit = new AtomicReference<>();
  private volatile long startedNanos;

  /** What a step needs of the build that it belongs to. */
  interface Connection {
    PendingCall send(int type, FrameWriter body);

    CgroupFiles cgroupFiles();
  }

  LinuxStep(String step, Path output, Connection connection) {
    this.step = step;
    this.output = output;
    this.connection = connection;
  }

  @Override
  public String step() {
    return step;
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public OptionalLong startedNanos() {
    return startedNanos == 0 ? OptionalLong.empty() : OptionalLong.of(startedNanos);
  }

  void started(long nanos) {
    startedNanos = nanos;
  }

  /** The first end counts: what the supervisor says comes before the loss of the connection. */
  void ended(SandboxExit how) {
    if (exit.compareAndSet(null, how)) {
      if (how.report().startedNanos() != 0) {
        startedNanos = how.report().startedNanos();
      }
      ended.countDown();
    }
  }

  /** Wakes those who wait: this engine will not hear of the end. */
  void letGo() {
    ended.countDown();
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  @Override
  public SandboxExit await() throws InterruptedException {
    ended.await();
    SandboxExit how = exit.get();
    if (how == null) {
      throw new SandboxException(
          SandboxErrorCode.SUPERVISOR_LOST,
          "this engine has let go of step '%s', which goes on".formatted(step));
    }
    return how;
  }

  @Override
  public boolean await(Duration timeout) throws InterruptedException {
    return ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void terminate(Duration grace) {
    if (!hasEnded()) {
      connection.send(Wire.CANCEL, new FrameWriter().str(step).u64(grace.toMillis()));
    }
  }

  @Override
  public void kill() {
    terminate(Duration.ZERO);
  }

  @Override
  public Usage usage() throws InterruptedException {
    SandboxExit how = exit.get();
    if (how != null) {
      return how.report().usage();
    }
    CgroupFiles files = connection.cgroupFiles();
    List<FileName> reads = files.reads();
    if (reads.isEmpty()) {
      return Usage.UNKNOWN;
    }
    FrameWriter body = new FrameWriter().str(step).list(reads, Messages::fileName);
    return switch (connection.send(Wire.USAGE, body).await()) {
      case Answer.Done done -> files.usage(contents(reads, done.body()));
      case Answer.Refused refused -> usageAfter(refused.refusal());
    };
  }

  /** It may have ended between the question and the answer. */
  private Usage usageAfter(Refusal refusal) {
    SandboxExit how = exit.get();
    if (how != null) {
      return how.report().usage();
    }
    if (refusal.code() == Wire.CODE_NOT_FOUND) {
      return Usage.UNKNOWN;
    }
    throw refusal.toException(SandboxErrorCode.PROTOCOL);
  }

  private static Map<FileName, String> contents(List<FileName> reads, FrameReader body) {
    Map<FileName, String> contents = new HashMap<>();
    List<Optional<String>> answers =
        body.list(
            READING_BYTES_MIN,
            each -> {
              int errno = each.i32();
              byte[] content = each.bytes();
              return errno == 0
                  ? Optional.of(new String(content, StandardCharsets.UTF_8))
                  : Optional.<String>empty();
            });
    if (answers.size() != reads.size()) {
      throw FrameReader.broken("%d readings for %d".formatted(answers.size(), reads.size()));
    }
    for (int i = 0; i < answers.size(); i++) {
      FileName name = reads.get(i);
      answers.get(i).ifPresent(content -> contents.put(name, content));
    }
    return contents;
  }

  /** The connection is gone; what the record on disk says still counts. */
  void lost(SandboxException why, RunDirectory directory) {
    SandboxExit how =
        ExitBody.read(directory.exit(step))
            .map(body -> body.toExit(connection.cgroupFiles()))
            .orElseGet(() -> new SandboxExit.Lost(why.getMessage(), StepReport.UNKNOWN));
    ended(how);
  }
}
