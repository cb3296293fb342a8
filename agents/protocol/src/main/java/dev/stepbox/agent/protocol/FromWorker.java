package dev.stepbox.agent.protocol;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker tells an engine. For one attempt the order is: {@link StageAccepted}, then step by
 * step {@link StepStarted}, {@link StepOutput}…, {@link StepFinished}, at last {@link
 * StageFinished}. Each step of the assignment has exactly one {@link StepFinished}; only a step
 * that began has a {@link StepStarted}. Messages of different attempts interleave freely.
 */
public sealed interface FromWorker extends Message {
  /**
   * The first message of a worker.
   *
   * @param protocolVersion {@link ProtocolVersion#CURRENT} of the worker
   * @param worker the worker's name, for people
   */
  record WorkerReady(int protocolVersion, String worker) implements FromWorker {}

  /** The worker has taken the attempt on. */
  record StageAccepted(AttemptId attempt, Instant at) implements FromWorker {}

  /**
   * The step's process was executed, or its built-in action began.
   *
   * @param startLatency as in {@link StepTimings}
   */
  record StepStarted(AttemptId attempt, int step, Instant at, Duration startLatency)
      implements FromWorker {}

  /**
   * Output of a running step, secrets masked.
   *
   * @param bytes the next bytes of the masked output; at most {@value #MAX_BYTES}
   * @param rawEndOffset where these bytes end in the raw output of the step; never inside something
   *     that is masked, so that following the raw output from there gives exactly the rest
   * @param marks times of the bytes, by ascending offset, the first at offset 0
   */
  record StepOutput(
      AttemptId attempt, int step, Bytes bytes, long rawEndOffset, List<TimeMark> marks)
      implements FromWorker {
    /** The largest piece of output in one message. */
    public static final int MAX_BYTES = 1 << 20;

    public StepOutput {
      if (bytes.size() > MAX_BYTES) {
        throw new IllegalArgumentException(
            "%d bytes of output in one message, at most %d".formatted(bytes.size(), MAX_BYTES));
      }
      marks = List.copyOf(marks);
    }
  }

  /** What a running step uses, about once a second. */
  record StepSampled(AttemptId attempt, int step, Instant at, Usage usage) implements FromWorker {}

  /**
   * The step is over.
   *
   * @param tail the last lines of its masked output, at most {@value #TAIL_LINES}; empty for a step
   *     that succeeded
   */
  record StepFinished(
      AttemptId attempt,
      int step,
      StepOutcome outcome,
      StepTimings timings,
      Usage usage,
      List<String> tail)
      implements FromWorker {
    /** Lines kept for a step that did not succeed. */
    public static final int TAIL_LINES = 20;

    public StepFinished {
      tail = List.copyOf(tail);
    }
  }

  /**
   * A file was added to the build's artifacts; a later one of the same path replaces it.
   *
   * @param path relative, with {@code /}, without {@code .} and {@code ..}
   */
  record ArtifactStored(AttemptId attempt, int step, String path, long bytes)
      implements FromWorker {}

  /** A stash was kept with the build. */
  record StashStored(AttemptId attempt, int step, String name, int files, long bytes)
      implements FromWorker {}

  /**
   * Something a person should know.
   *
   * @param attempt null when it concerns the worker as a whole
   * @param step null when it concerns no single step
   * @param code stable and machine-readable, for example {@code unenforced-caps}
   */
  record Announcement(
      @Nullable AttemptId attempt,
      @Nullable Integer step,
      Severity severity,
      String code,
      String text)
      implements FromWorker {}

  /**
   * The attempt is over; nothing of it follows.
   *
   * @param because null for a success; else the first cause, for people
   * @param code set if and only if the attempt is errored
   * @param snapshot what the stage left behind: always after a success; after any other end as far
   *     as it could be kept, for people who look for what went wrong
   * @param elapsed from {@link StageAccepted}, or from the first start of a resumed attempt
   */
  record StageFinished(
      AttemptId attempt,
      StageResult result,
      @Nullable String because,
      @Nullable AgentErrorCode code,
      @Nullable Snapshot snapshot,
      Duration elapsed)
      implements FromWorker {
    public StageFinished {
      if ((result == StageResult.ERRORED) != (code != null)
          || (result == StageResult.SUCCEEDED && snapshot == null)
          || (result == StageResult.SUCCEEDED) != (because == null)) {
        throw new IllegalArgumentException(
            "a stage that is %s cannot have because '%s', code %s, snapshot %s"
                .formatted(result, because, code, snapshot));
      }
    }
  }

  /** Nothing of the build is left on this worker except what was asked to be kept. */
  record BuildReleased(String build) implements FromWorker {}

  /**
   * The worker refused a message or is in trouble as a whole; attempts end by {@link StageFinished}
   * all the same.
   *
   * @param build null when no single build is concerned
   */
  record WorkerFault(@Nullable String build, AgentErrorCode code, String message)
      implements FromWorker {}
}
