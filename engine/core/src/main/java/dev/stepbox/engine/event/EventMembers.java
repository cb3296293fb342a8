package dev.stepbox.engine.event;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.engine.event.BuildEvent.Announcement;
import dev.stepbox.engine.event.BuildEvent.ArtifactStored;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildResumed;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.CheckoutDone;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StageStarted;
import dev.stepbox.engine.event.BuildEvent.StashStored;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.BuildEvent.StepStarted;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** The members that each kind of event has beside its stamp. */
final class EventMembers {

  private EventMembers() {}

  // One arm for each kind of event: a table, longer than a method should otherwise be.
  static void write(JsonWriter out, BuildEvent event) {
    switch (event) {
      case BuildStarted e -> {
        out.field("pipeline", e.pipeline()).field("planDigest", e.planDigest());
        out.field("stages", e.stages()).field("steps", e.steps());
        writeTexts(out.name("parameters"), e.parameters());
        out.field("version", e.version());
      }
      case BuildResumed e -> out.field("version", e.version());
      case CheckoutDone e -> {
        out.field("source", e.source()).field("commit", e.commit()).field("branch", e.branch());
        out.field("layer", e.layer()).field("files", e.files()).field("bytes", e.bytes());
        out.field("elapsedMs", e.elapsed().toMillis());
      }
      case Announcement e -> {
        out.field("severity", Words.of(e.severity())).field("code", e.code());
        out.field("text", e.text());
        if (e.step() != null) {
          ValueJson.writeKey(out, e.step());
        } else {
          out.field("stage", e.stage());
        }
      }
      case StageStarted e -> {
        out.field("stage", e.stage()).field("attempt", e.attempt());
        ValueJson.writeSnapshot(out.name("base"), e.base());
      }
      case StageSkipped e -> {
        out.field("stage", e.stage()).field("reason", Words.of(e.reason()));
        out.field("predicate", e.predicate()).field("seen", e.seen());
        out.field("because", e.because());
      }
      case StageFinished e -> {
        out.field("stage", e.stage()).field("outcome", Words.of(e.result()));
        out.field("elapsedMs", e.elapsed().toMillis()).field("because", e.because());
        out.field("code", e.code());
        if (e.snapshot() != null) {
          ValueJson.writeSnapshot(out.name("snapshot"), e.snapshot());
        }
      }
      case StepStarted e -> {
        ValueJson.writeKey(out, e.step());
        out.field("kind", e.kind()).field("label", e.label());
        out.field("file", e.position().file()).field("line", e.position().line());
        out.field("image", e.image());
        ValueJson.writeCaps(out.name("caps"), e.caps());
        ValueJson.writeMicros(out, "startMs", e.startLatency());
      }
      case StepFinished e -> {
        ValueJson.writeKey(out, e.step());
        ValueJson.writeOutcome(out, e.outcome());
        out.field("elapsedMs", e.elapsed().toMillis());
        ValueJson.writeMicros(out, "startMs", e.startLatency());
        ValueJson.writeUsage(out.name("usage"), e.usage());
        out.field("outputBytes", e.outputBytes());
      }
      case ArtifactStored e -> {
        ValueJson.writeKey(out, e.step());
        out.field("path", e.path()).field("bytes", e.bytes());
      }
      case StashStored e -> {
        ValueJson.writeKey(out, e.step());
        out.field("name", e.name()).field("files", e.files()).field("bytes", e.bytes());
      }
      case BuildCancelling e -> out.field("mode", Words.of(e.mode())).field("by", e.by());
      case BuildFinished e -> {
        out.field("outcome", Words.of(e.outcome())).field("elapsedMs", e.elapsed().toMillis());
        out.field("because", e.because()).field("code", e.code());
      }
    }
  }

  // As above: a table.
  static BuildEvent read(String name, Stamp stamp, JsonObject in) {
    return switch (name) {
      case "build.started" ->
          new BuildStarted(
              stamp,
              in.string("pipeline"),
              in.string("planDigest"),
              in.intValue("stages"),
              in.intValue("steps"),
              readTexts(in.object("parameters")),
              in.string("version"));
      case "build.resumed" -> new BuildResumed(stamp, in.string("version"));
      case "checkout.done" ->
          new CheckoutDone(
              stamp,
              in.string("source"),
              in.stringOrNull("commit"),
              in.stringOrNull("branch"),
              in.string("layer"),
              in.longValue("files"),
              in.longValue("bytes"),
              ValueJson.readMillis(in, "elapsedMs"));
      case "announcement" ->
          new Announcement(
              stamp,
              Words.read(Severity.class, in.string("severity")),
              in.string("code"),
              in.string("text"),
              in.stringOrNull("stage"),
              in.has("step") ? ValueJson.readKey(in) : null);
      case "stage.started" ->
          new StageStarted(
              stamp,
              in.string("stage"),
              in.intValue("attempt"),
              ValueJson.readSnapshot(in.object("base")));
      case "stage.skipped" ->
          new StageSkipped(
              stamp,
              in.string("stage"),
              Words.read(SkipReason.class, in.string("reason")),
              in.stringOrNull("predicate"),
              in.stringOrNull("seen"),
              in.string("because"));
      case "stage.finished" ->
          new StageFinished(
              stamp,
              in.string("stage"),
              Words.read(StageResult.class, in.string("outcome")),
              ValueJson.readMillis(in, "elapsedMs"),
              in.has("snapshot") ? ValueJson.readSnapshot(in.object("snapshot")) : null,
              in.stringOrNull("because"),
              in.stringOrNull("code"));
      case "step.started" ->
          new StepStarted(
              stamp,
              ValueJson.readKey(in),
              in.string("kind"),
              in.string("label"),
              new Position(in.string("file"), in.intValue("line")),
              in.string("image"),
              ValueJson.readCaps(in.object("caps")),
              ValueJson.required(ValueJson.readMicros(in, "startMs"), "startMs"));
      case "step.finished" ->
          new StepFinished(
              stamp,
              ValueJson.readKey(in),
              ValueJson.readOutcome(in),
              ValueJson.readMillis(in, "elapsedMs"),
              ValueJson.readMicros(in, "startMs"),
              ValueJson.readUsage(in.object("usage")),
              in.longValue("outputBytes"));
      case "artifact.stored" ->
          new ArtifactStored(
              stamp, ValueJson.readKey(in), in.string("path"), in.longValue("bytes"));
      case "stash.stored" ->
          new StashStored(
              stamp,
              ValueJson.readKey(in),
              in.string("name"),
              in.intValue("files"),
              in.longValue("bytes"));
      case "build.cancelling" ->
          new BuildCancelling(
              stamp, Words.read(CancelMode.class, in.string("mode")), in.string("by"));
      case "build.finished" ->
          new BuildFinished(
              stamp,
              Words.read(StageResult.class, in.string("outcome")),
              ValueJson.readMillis(in, "elapsedMs"),
              in.stringOrNull("because"),
              in.stringOrNull("code"));
      default -> throw new JsonException("'%s' is not an event".formatted(name));
    };
  }

  private static void writeTexts(JsonWriter out, SequencedMap<String, String> texts) {
    out.beginObject();
    texts.forEach(out::field);
    out.endObject();
  }

  private static SequencedMap<String, String> readTexts(JsonObject object) {
    var texts = new LinkedHashMap<String, String>();
    for (String name : object.names()) {
      texts.put(name, object.string(name));
    }
    return texts;
  }
}
