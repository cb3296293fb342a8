package dev.stepbox.engine.event;

import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonReader;
import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.engine.BuildId;
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

/**
 * The JSON form of events: one object on one line, as the journal keeps it and {@code --output
 * json} prints it. What is written is read back equal. Thread-safe.
 */
public final class EventJson {

  private EventJson() {}

  /** The event as one line, without the line's end. */
  public static String write(BuildEvent event) {
    var out = new JsonWriter();
    out.beginObject().field("event", nameOf(event));
    out.field("time", Timestamps.write(event.stamp().time()));
    out.field("build", event.stamp().build().number());
    out.field("sequence", event.stamp().sequence());
    EventMembers.write(out, event);
    return out.endObject().toString();
  }

  /**
   * The event that a line holds. Members that this version does not know are ignored.
   *
   * @throws JsonException when it is not the JSON form of an event
   */
  public static BuildEvent read(String line) {
    JsonObject object = JsonReader.read(line);
    try {
      var stamp =
          new Stamp(
              new BuildId(object.intValue("build")),
              object.longValue("sequence"),
              Timestamps.read(object.string("time")));
      return EventMembers.read(object.string("event"), stamp, object);
    } catch (IllegalArgumentException e) {
      throw new JsonException("not an event: " + e.getMessage(), e);
    }
  }

  /** The word in the member {@code event}, such as {@code step.finished}. */
  public static String nameOf(BuildEvent event) {
    return switch (event) {
      case BuildStarted _ -> "build.started";
      case BuildResumed _ -> "build.resumed";
      case CheckoutDone _ -> "checkout.done";
      case Announcement _ -> "announcement";
      case StageStarted _ -> "stage.started";
      case StageSkipped _ -> "stage.skipped";
      case StageFinished _ -> "stage.finished";
      case StepStarted _ -> "step.started";
      case StepFinished _ -> "step.finished";
      case ArtifactStored _ -> "artifact.stored";
      case StashStored _ -> "stash.stored";
      case BuildCancelling _ -> "build.cancelling";
      case BuildFinished _ -> "build.finished";
    };
  }
}
