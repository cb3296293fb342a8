package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.event.BuildEvent;
import java.util.ArrayList;
import java.util.List;

/** Builds that several tests show. */
final class Stories {

  final BuildStory story =
      new BuildStory()
          .stage("Sources", List.of(), "ls -1 words > list")
          .stage("Count", List.of("Sources"), "wc -w < words", "cat count")
          .stage(
              "Memory bomb",
              List.of("Sources"),
              "head -c 1G /dev/zero | tail -n 1\nsecond line\n3\n4\n5\n6\n7\n8")
          .stage("Deploy", List.of("Count"), "./deploy")
          .stage("日本語", List.of("Count"), "./greet");
  final FakeLogs logs = new FakeLogs();
  final List<BuildEvent> events = new ArrayList<>();

  /** A build with a success, a failure of memory and a skip. */
  static Stories failing() {
    Stories it = new Stories();
    it.begin();
    it.logs.print("Memory bomb", 1, "\u001b[32mallocating\u001b[0m\n", 1_200);
    it.logs.print("Memory bomb", 1, "\u001b[2Jtail: memory exhausted: cannot allocate\n", 1_700);
    it.add(it.story.stepFinished("Count", 1, new StepOutcome.Succeeded(), 1_300));
    it.add(it.story.stepStarted("Count", 2, 1_310));
    it.logs.print("Count", 2, "42\nno end", 1_320);
    it.add(it.story.stepFinished("Count", 2, new StepOutcome.Succeeded(), 1_400));
    it.add(it.story.stageFinished("Count", StageResult.SUCCEEDED, null, 1_420));
    it.add(it.story.stageSkipped("Deploy", "when: branch is 'main', but it is 'x'", 1_421));
    it.add(it.story.stageStarted("日本語", 1_430));
    it.add(it.story.stepStarted("日本語", 1, 1_440));
    it.add(it.story.stepFinished("日本語", 1, new StepOutcome.Succeeded(), 2_440));
    it.add(it.story.stageFinished("日本語", StageResult.SUCCEEDED, null, 2_450));
    it.add(
        it.story.stepFinished(
            "Memory bomb", 1, new StepOutcome.Killed(KillReason.OOM, 137), 2_500));
    it.add(
        it.story.stageFinished("Memory bomb", StageResult.FAILED, "step 1 was killed: oom", 2_510));
    it.add(it.story.finished(StageResult.FAILED, "stage 'Memory bomb' failed", 2_530));
    return it;
  }

  /** The same build while two stages run. */
  static Stories running() {
    Stories it = new Stories();
    it.begin();
    it.logs.print("Memory bomb", 1, "one\ntwo\nthree\nfour\nfive\nsix\nse", 1_200);
    it.logs.print("Count", 1, "\u001b[31m日本語\u001b[0m \u001b[10Aup\n", 1_250);
    return it;
  }

  void add(BuildEvent event) {
    events.add(event);
  }

  Subject subject() {
    return new Subject(story.plan(), logs, "stepbox run");
  }

  private void begin() {
    add(story.started());
    add(story.stageStarted("Sources", 100));
    add(story.stepStarted("Sources", 1, 110));
    add(story.stepFinished("Sources", 1, new StepOutcome.Succeeded(), 950));
    add(story.stageFinished("Sources", StageResult.SUCCEEDED, null, 1_000));
    add(story.stageStarted("Count", 1_010));
    add(story.stageStarted("Memory bomb", 1_020));
    add(story.stepStarted("Count", 1, 1_030));
    add(story.stepStarted("Memory bomb", 1, 1_040));
  }
}
