package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.engine.event.BuildEvent.Announcement;
import dev.stepbox.engine.event.BuildEvent.ArtifactStored;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.CheckoutDone;
import dev.stepbox.engine.event.BuildEvent.StashStored;
import dev.stepbox.engine.plan.BuildPlan;

/** Events in words, where the views say the same. */
final class Texts {

  private static final int COMMIT_DIGITS = 12;

  private Texts() {}

  static String started(BuildStarted event, BuildPlan plan) {
    StringBuilder text = new StringBuilder();
    text.append("build ").append(event.stamp().build()).append(" of ").append(event.pipeline());
    text.append(": ").append(stages(plan));
    text.append(", ").append(count(event.steps(), "step"));
    event
        .parameters()
        .forEach((name, value) -> text.append("; ").append(name).append('=').append(value));
    return text.toString();
  }

  /** How many stages a plan has, and how many of them do not run. */
  static String stages(BuildPlan plan) {
    var all = plan.byName().values();
    long skipped = all.stream().filter(stage -> !stage.runs()).count();
    return count(all.size(), "stage")
        + (skipped == 0 ? "" : ", %d of them skipped".formatted(skipped));
  }

  static String checkout(CheckoutDone event) {
    StringBuilder text = new StringBuilder("source: ").append(event.source());
    if (event.branch() != null) {
      text.append(", branch ").append(event.branch());
    }
    if (event.commit() != null) {
      text.append(", commit ").append(shortCommit(event.commit()));
    }
    return text.append(", ")
        .append(count(event.files(), "file"))
        .append(", ")
        .append(Quantities.size(event.bytes()))
        .append(" in ")
        .append(Quantities.duration(event.elapsed()))
        .toString();
  }

  static String shortCommit(String commit) {
    return commit.substring(0, Math.min(COMMIT_DIGITS, commit.length()));
  }

  static String announcement(Announcement event, Styles styles) {
    String subject =
        event.step() != null
            ? event.step() + ": "
            : event.stage() == null ? "" : event.stage() + ": ";
    String text = subject + event.text();
    return event.severity() == Severity.WARNING ? styles.yellow("warning: " + text) : text;
  }

  static String artifact(ArtifactStored event) {
    return "kept " + event.path() + ", " + Quantities.size(event.bytes());
  }

  static String stash(StashStored event) {
    return "stashed %s: %s, %s"
        .formatted(event.name(), count(event.files(), "file"), Quantities.size(event.bytes()));
  }

  static String cancelling(BuildCancelling event) {
    String how =
        event.mode() == CancelMode.GRACEFUL
            ? "the running steps get TERM, then post steps run"
            : "everything is killed";
    return "stopping, asked by %s: %s".formatted(event.by(), how);
  }

  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
