package dev.stepbox.pipeline;

import dev.stepbox.pipeline.expand.ConcretePipeline;
import dev.stepbox.pipeline.expand.ConcretePost;
import dev.stepbox.pipeline.expand.ConcreteStage;
import dev.stepbox.pipeline.expand.ConcreteStep;
import dev.stepbox.pipeline.expand.Decision;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.Step;
import java.util.Map;

/** An expanded pipeline as a text that can be recorded and reviewed. */
final class ExpansionText {
  private final StringBuilder out = new StringBuilder();

  static String of(ConcretePipeline pipeline) {
    ExpansionText text = new ExpansionText();
    text.line("environment " + pipeline.environment());
    if (!pipeline.parameters().isEmpty()) {
      text.line("parameters " + pipeline.parameters());
    }
    if (pipeline.timeout() != null) {
      text.line("timeout " + pipeline.timeout());
    }
    pipeline.stages().forEach(text::add);
    text.add("post", pipeline.post(), Map.of());
    return text.out.toString();
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  private void add(ConcreteStage stage) {
    line("");
    line("stage '%s' at %s".formatted(stage.name(), stage.range()));
    switch (stage.part()) {
      case WHOLE -> {}
      case AFTER_BRANCHES -> line("  after all branches");
    }
    line("  needs " + stage.needs());
    line(
        "  group %s, cell %s, fail fast %s"
            .formatted(stage.group(), stage.cell(), stage.failFast()));
    line("  " + decision(stage.decision()));
    line(
        "  image %s, %s, timeout %s".formatted(stage.image(), caps(stage.caps()), stage.timeout()));
    switch (stage.isolation()) {
      case CONTAINER -> {}
      case VM -> line("  isolation vm");
    }
    line("  environment " + stage.environment());
    stage.steps().forEach(step -> add("  ", step, stage.environment()));
    add("  post", stage.post(), stage.environment());
  }

  private static String decision(Decision decision) {
    return switch (decision) {
      case Decision.Run _ -> "runs";
      case Decision.Skip skip -> "skipped: %s, but %s".formatted(skip.predicate(), skip.seen());
    };
  }

  private static String caps(Caps caps) {
    return "cpu %s, memory %s, pids %s, disk %s"
        .formatted(caps.cpu(), caps.memory(), caps.pids(), caps.disk());
  }

  private void add(String title, ConcretePost post, Map<String, String> outer) {
    post.steps()
        .forEach((condition, steps) -> {
          line(title + " " + condition.keyword());
          steps.forEach(step -> add("    ", step, outer));
        });
  }

  private void add(String margin, ConcreteStep step, Map<String, String> outer) {
    line(margin + "- " + step.definition().title());
    String more = margin + "    ";
    switch (step.definition()) {
      case Step.Shell shell -> {
        line(more + "image %s, %s".formatted(step.image(), caps(step.caps())));
        line(
            more
                + "%s, network %s, %s, timeout %s, cache %s"
                    .formatted(
                        shell.interpreter(),
                        shell.network(),
                        shell.terminal(),
                        step.timeout(),
                        shell.cache()));
        if (shell.nesting() == Step.Nesting.ALLOWED) {
          line(more + "nesting");
        }
        if (!step.environment().equals(outer)) {
          line(more + "environment " + step.environment());
        }
      }
      case Step.Checkout checkout -> line(more + checkout.source());
      case Step.Archive archive -> line(more + archive.files());
      case Step.Stash stash -> line(more + stash.files());
      case Step.Unstash _ -> {}
    }
  }
}
