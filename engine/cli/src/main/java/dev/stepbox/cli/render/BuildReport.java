package dev.stepbox.cli.render;

import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.BuildSummary.State;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.ArtifactStored;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.CheckoutDone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Everything about one build on one page. */
public final class BuildReport {

  private final BuildView build;
  private final Subject subject;
  private final BuildSummary summary;
  private final Look look;
  private final TreeFrame frame;

  /** Makes the report of a build from all its events so far. */
  public BuildReport(Subject subject, BuildSummary summary, Look look, List<BuildEvent> events) {
    this.subject = subject;
    this.summary = summary;
    this.look = look;
    this.build = new BuildView(subject.plan());
    events.forEach(build::apply);
    this.frame = new TreeFrame(build, look);
  }

  /** The lines, as seen at that moment. */
  public List<String> lines(Instant now) {
    List<String> text = new ArrayList<>();
    head(text, now);
    text.add("");
    for (StageView stage : build.stages()) {
      if (stage.over()) {
        text.addAll(frame.settled(stage));
      } else {
        text.addAll(frame.open(stage, now));
      }
    }
    section(text, "kept", artifacts());
    List<String> failures = new FailureBlock(build, look, subject.logs(), subject.again()).lines();
    if (!failures.isEmpty()) {
      text.add("");
      text.addAll(failures);
    }
    if (build.finished() != null) {
      text.add("");
      text.addAll(new Summary(build, look).lines());
    } else if (summary.state() == State.INTERRUPTED) {
      text.add("");
      text.add("its engine is gone; 'stepbox attach %s' carries it on".formatted(summary.build()));
    }
    return text;
  }

  private void head(List<String> text, Instant now) {
    Styles styles = look.styles();
    String state = new BuildList(styles, now).state(summary);
    text.add(styles.bold("build " + summary.build()) + "  " + state);
    text.add("  pipeline   " + summary.pipeline());
    text.add("  directory  " + summary.directory());
    BuildStarted started = build.started();
    if (started != null) {
      text.add("  started    " + started.stamp().time().atZone(look.zone()).toOffsetDateTime());
      started.parameters().forEach((name, value) -> text.add("  parameter  " + name + "=" + value));
    }
    CheckoutDone checkout = build.checkout();
    if (checkout != null) {
      text.add("  " + Texts.checkout(checkout).replaceFirst("^source: ", "source     "));
    }
    build.announcements().stream()
        .filter(event -> !build.repeats(event))
        .forEach(event -> text.add("  " + Texts.announcement(event, styles)));
  }

  private List<String> artifacts() {
    SequencedMap<String, ArtifactStored> byPath = new LinkedHashMap<>();
    build.artifacts().forEach(artifact -> byPath.put(artifact.path(), artifact));
    return byPath.values().stream()
        .sorted((a, b) -> a.path().compareTo(b.path()))
        .map(artifact -> artifact.path() + "  " + Quantities.size(artifact.bytes()))
        .toList();
  }

  private static void section(List<String> text, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      text.add("");
      text.add(title);
      lines.forEach(line -> text.add("  " + line));
    }
  }
}
