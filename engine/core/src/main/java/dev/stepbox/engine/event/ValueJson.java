package dev.stepbox.engine.event;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** JSON form of the values that several kinds of events carry. */
final class ValueJson {

  private ValueJson() {}

  static void writeKey(JsonWriter out, StepKey key) {
    out.field("stage", key.stage());
    out.field("post", key.post() == null ? null : Words.of(key.post()));
    out.field("step", key.number());
  }

  static StepKey readKey(JsonObject in) {
    String post = in.stringOrNull("post");
    return new StepKey(
        in.string("stage"),
        post == null ? null : Words.read(PostCondition.class, post),
        in.intValue("step"));
  }

  static void writeSnapshot(JsonWriter out, Snapshot snapshot) {
    out.beginObject();
    switch (snapshot.image()) {
      case RootImage.Host _ -> out.field("image", "host");
      case RootImage.Stored stored ->
          out.field("image", stored.reference()).field("digest", stored.digest());
    }
    writeTexts(out.name("rootLayers"), snapshot.rootLayers());
    writeTexts(out.name("workspaceLayers"), snapshot.workspaceLayers());
    out.endObject();
  }

  static Snapshot readSnapshot(JsonObject in) {
    String digest = in.stringOrNull("digest");
    return new Snapshot(
        digest == null ? RootImage.host() : new RootImage.Stored(in.string("image"), digest),
        in.strings("rootLayers"),
        in.strings("workspaceLayers"));
  }

  private static void writeTexts(JsonWriter out, List<String> texts) {
    out.beginArray();
    texts.forEach(out::value);
    out.endArray();
  }

  static void writeCaps(JsonWriter out, Caps caps) {
    out.beginObject();
    out.field("cpuMillis", caps.cpuMillis()).field("memoryBytes", caps.memoryBytes());
    out.field("pids", caps.pids()).field("diskBytes", caps.diskBytes());
    out.endObject();
  }

  static Caps readCaps(JsonObject in) {
    return new Caps(
        in.has("cpuMillis") ? (Integer) in.intValue("cpuMillis") : null,
        in.longOrNull("memoryBytes"),
        in.has("pids") ? (Integer) in.intValue("pids") : null,
        in.longOrNull("diskBytes"));
  }

  static void writeUsage(JsonWriter out, Usage usage) {
    out.beginObject();
    orNull(out, "cpuMs", usage.cpu() == null ? null : usage.cpu().toMillis());
    orNull(out, "throttledMs", usage.throttled() == null ? null : usage.throttled().toMillis());
    orNull(out, "memoryPeakBytes", usage.memoryPeakBytes());
    orNull(out, "pidsPeak", usage.pidsPeak());
    out.field("readBytes", usage.readBytes()).field("writtenBytes", usage.writtenBytes());
    out.endObject();
  }

  static Usage readUsage(JsonObject in) {
    return new Usage(
        millisOrNull(in, "cpuMs"),
        millisOrNull(in, "throttledMs"),
        in.longOrNull("memoryPeakBytes"),
        in.longOrNull("pidsPeak"),
        in.longOrNull("readBytes"),
        in.longOrNull("writtenBytes"));
  }

  /**
   * The members {@code exitCode} and {@code reason} are always there, null where they mean nothing.
   */
  static void writeOutcome(JsonWriter out, StepOutcome outcome) {
    switch (outcome) {
      case StepOutcome.Succeeded _ -> ends(out, "succeeded", 0, null, null);
      case StepOutcome.Failed failed ->
          ends(out, "failed", failed.exitCode(), null, failed.message());
      case StepOutcome.Killed killed ->
          ends(out, "killed", killed.exitCode(), Words.of(killed.reason()), null);
      case StepOutcome.Cancelled cancelled ->
          ends(out, "cancelled", cancelled.exitCode(), null, cancelled.by());
      case StepOutcome.Skipped skipped -> ends(out, "skipped", null, null, skipped.because());
      case StepOutcome.Errored errored ->
          ends(out, "errored", null, errored.code().id(), errored.message());
    }
  }

  private static void ends(
      JsonWriter out,
      String outcome,
      @Nullable Integer exitCode,
      @Nullable String reason,
      @Nullable String message) {
    out.field("outcome", outcome);
    orNull(out, "exitCode", exitCode == null ? null : exitCode.longValue());
    if (reason == null) {
      out.name("reason").nullValue();
    } else {
      out.field("reason", reason);
    }
    out.field("message", message);
  }

  static StepOutcome readOutcome(JsonObject in) {
    Integer exitCode = in.has("exitCode") ? (Integer) in.intValue("exitCode") : null;
    return switch (in.string("outcome")) {
      case "succeeded" -> new StepOutcome.Succeeded();
      case "failed" -> new StepOutcome.Failed(exitCode, in.stringOrNull("message"));
      case "killed" ->
          new StepOutcome.Killed(
              Words.read(KillReason.class, in.string("reason")), in.intValue("exitCode"));
      case "cancelled" -> new StepOutcome.Cancelled(in.string("message"), exitCode);
      case "skipped" -> new StepOutcome.Skipped(in.string("message"));
      case "errored" -> new StepOutcome.Errored(errorCode(in), in.string("message"));
      default -> throw new JsonException("'%s' is not an outcome".formatted(in.string("outcome")));
    };
  }

  private static AgentErrorCode errorCode(JsonObject in) {
    String id = in.string("reason");
    for (AgentErrorCode code : AgentErrorCode.values()) {
      if (code.id().equals(id)) {
        return code;
      }
    }
    throw new JsonException("'%s' is not a code of an error".formatted(id));
  }

  static Duration readMillis(JsonObject in, String name) {
    return Duration.ofMillis(in.longValue(name));
  }

  private static @Nullable Duration millisOrNull(JsonObject in, String name) {
    return in.has(name) ? readMillis(in, name) : null;
  }

  /** Milliseconds with a fraction: a start takes few of them. */
  static void writeMicros(JsonWriter out, String name, @Nullable Duration duration) {
    out.name(name);
    if (duration == null) {
      out.nullValue();
    } else {
      out.value(TimeUnit.NANOSECONDS.toMicros(duration.toNanos()) / 1000.0);
    }
  }

  static @Nullable Duration readMicros(JsonObject in, String name) {
    Double millis = in.doubleOrNull(name);
    return millis == null ? null : Duration.ofNanos(Math.round(millis * 1000) * 1000);
  }

  static <T> T required(@Nullable T value, String name) {
    if (value == null) {
      throw new JsonException("'%s' is missing".formatted(name));
    }
    return value;
  }

  private static void orNull(JsonWriter out, String name, @Nullable Long value) {
    out.name(name);
    if (value == null) {
      out.nullValue();
    } else {
      out.value(value.longValue());
    }
  }
}
