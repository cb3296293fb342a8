package dev.stepbox.engine.event;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened in a build. The journal is a list of these; terminal, JSON output and API
 * are renderings of them. The first of a build is {@link BuildStarted}, the last {@link
 * BuildFinished}; the JSON form is documented by {@code docs/reference/events.schema.json}.
 *
 * <p>Durations have whole milliseconds, but for {@link StepFinished#startLatency()}.
 */
public sealed interface BuildEvent {

  /** Build, place and time. */
  Stamp stamp();

  /**
   * The build begins.
   *
   * @param pipeline name of the pipeline file as the user gave it
   * @param planDigest identifies the plan, so that a resumed build is known to follow the same one
   * @param stages how many stages the plan has, skipped ones included
   * @param steps how many steps the stages that may run have, post conditions included
   * @param parameters name to value; never secrets
   * @param version of Stepbox
   */
  record BuildStarted(
      Stamp stamp,
      String pipeline,
      String planDigest,
      int stages,
      int steps,
      SequencedMap<String, String> parameters,
      String version)
      implements BuildEvent {
    public BuildStarted {
      parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    }
  }

  /** Another process has taken the build over and carries it on. */
  record BuildResumed(Stamp stamp, String version) implements BuildEvent {}

  /**
   * A source tree is in the store, ready for a {@code checkout} step.
   *
   * @param source where it came from, for people
   * @param commit full commit id; null when the source is not a commit as it stands
   * @param branch short branch name; null when none is known
   * @param layer workspace layer that holds it
   * @param files how many files, links included
   * @param bytes their size together
   */
  record CheckoutDone(
      Stamp stamp,
      String source,
      @Nullable String commit,
      @Nullable String branch,
      String layer,
      long files,
      long bytes,
      Duration elapsed)
      implements BuildEvent {
    public CheckoutDone {
      elapsed = elapsed.truncatedTo(ChronoUnit.MILLIS);
    }
  }

  /**
   * Something the user should know, such as a cap that cannot be enforced here.
   *
   * @param code stable word for programs, such as {@code caps-unenforced}
   * @param text for people
   * @param stage the stage it is about; null for the whole build
   * @param step the step it is about, of that stage; null for the whole stage or build
   */
  record Announcement(
      Stamp stamp,
      Severity severity,
      String code,
      String text,
      @Nullable String stage,
      @Nullable StepKey step)
      implements BuildEvent {}

  /**
   * The stage was handed to a worker.
   *
   * @param attempt 1 for the first try
   * @param base what it starts from
   */
  record StageStarted(Stamp stamp, String stage, int attempt, Snapshot base)
      implements BuildEvent {}

  /**
   * The stage was not run.
   *
   * @param predicate the {@code when} predicate that did not hold, as a person would say it; null
   *     for other reasons
   * @param seen what the predicate saw; null for other reasons
   * @param because the whole reason, for people
   */
  record StageSkipped(
      Stamp stamp,
      String stage,
      SkipReason reason,
      @Nullable String predicate,
      @Nullable String seen,
      String because)
      implements BuildEvent {}

  /**
   * The stage is over, post conditions included.
   *
   * @param snapshot what it left behind: after a success for the stages that need it, after any
   *     other end, if there is one, for people who look for what went wrong
   * @param because why it did not succeed; null when it did
   * @param code of the error; set if and only if the stage is errored
   */
  record StageFinished(
      Stamp stamp,
      String stage,
      StageResult result,
      Duration elapsed,
      @Nullable Snapshot snapshot,
      @Nullable String because,
      @Nullable String code)
      implements BuildEvent {
    public StageFinished {
      elapsed = elapsed.truncatedTo(ChronoUnit.MILLIS);
    }
  }

  /**
   * The step's process was executed, or its built-in action began.
   *
   * @param kind {@code sh}, {@code checkout}, {@code archive}, {@code stash} or {@code unstash}
   * @param label the step's name, or the first line of its command
   * @param image the image as the user wrote it
   * @param caps what it may use; {@link Caps#none()} for a built-in action
   * @param startLatency from "the step may start" to its process being executed; microseconds
   */
  record StepStarted(
      Stamp stamp,
      StepKey step,
      String kind,
      String label,
      Position position,
      String image,
      Caps caps,
      Duration startLatency)
      implements BuildEvent {
    public StepStarted {
      startLatency = startLatency.truncatedTo(ChronoUnit.MICROS);
    }
  }

  /**
   * A step is over, or was passed over.
   *
   * @param elapsed from the start of its process to the end of its last one
   * @param startLatency as in {@link StepStarted}; null when no process was executed
   * @param outputBytes how long its log is
   */
  record StepFinished(
      Stamp stamp,
      StepKey step,
      StepOutcome outcome,
      Duration elapsed,
      @Nullable Duration startLatency,
      Usage usage,
      long outputBytes)
      implements BuildEvent {
    public StepFinished {
      elapsed = elapsed.truncatedTo(ChronoUnit.MILLIS);
      startLatency = startLatency == null ? null : startLatency.truncatedTo(ChronoUnit.MICROS);
      usage = wholeMillis(usage);
    }
  }

  /**
   * A file is kept with the build; a later one of the same path replaces it.
   *
   * @param path relative to the workspace, with {@code /}
   */
  record ArtifactStored(Stamp stamp, StepKey step, String path, long bytes) implements BuildEvent {}

  /**
   * A stash is kept for other stages of the build.
   *
   * @param name of the stash
   */
  record StashStored(Stamp stamp, StepKey step, String name, int files, long bytes)
      implements BuildEvent {}

  /**
   * Somebody asked to stop the build, or its time is over.
   *
   * @param by who or what
   */
  record BuildCancelling(Stamp stamp, CancelMode mode, String by) implements BuildEvent {}

  /**
   * The build is over; nothing comes after this.
   *
   * @param because why it did not succeed; null when it did
   * @param code id of the first error; set if and only if the build is errored
   */
  record BuildFinished(
      Stamp stamp,
      StageResult outcome,
      Duration elapsed,
      @Nullable String because,
      @Nullable String code)
      implements BuildEvent {
    public BuildFinished {
      elapsed = elapsed.truncatedTo(ChronoUnit.MILLIS);
    }
  }

  private static Usage wholeMillis(Usage usage) {
    return new Usage(
        wholeMillis(usage.cpu()),
        wholeMillis(usage.throttled()),
        usage.memoryPeakBytes(),
        usage.pidsPeak(),
        usage.readBytes(),
        usage.writtenBytes());
  }

  private static @Nullable Duration wholeMillis(@Nullable Duration duration) {
    return duration == null ? null : duration.truncatedTo(ChronoUnit.MILLIS);
  }
}
