package dev.stepbox.engine.plan;

import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.expand.ConcretePipeline;
import dev.stepbox.pipeline.expand.ConcretePost;
import dev.stepbox.pipeline.expand.ConcreteStage;
import dev.stepbox.pipeline.expand.ConcreteStep;
import dev.stepbox.pipeline.expand.Decision;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Isolation;
import dev.stepbox.pipeline.model.Options;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import dev.stepbox.pipeline.model.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Builds expanded pipelines for tests, stage by stage. */
public final class TestPipeline {

  private static final SourceName FILE = new SourceName("stepbox.yaml");

  private final List<ConcreteStage> stages = new ArrayList<>();
  private ConcretePost post = new ConcretePost(new LinkedHashMap<>());
  private @Nullable Duration timeout;

  /** A stage of one step that prints its name. */
  public TestPipeline stage(String name, String... needs) {
    return add(new Part(name).needs(needs));
  }

  public TestPipeline add(Part part) {
    stages.add(part.build(stages.size() + 1));
    return this;
  }

  /** The pipeline's own post steps of one condition. */
  public TestPipeline post(PostCondition condition, String... scripts) {
    SequencedMap<PostCondition, List<ConcreteStep>> steps = new LinkedHashMap<>(post.steps());
    steps.put(condition, shells(scripts));
    post = new ConcretePost(steps);
    return this;
  }

  public TestPipeline timeout(Duration value) {
    timeout = value;
    return this;
  }

  public ConcretePipeline build() {
    Pipeline definition =
        Pipeline.builder(FILE, stages.stream().map(ConcreteStage::definition).toList())
            .options(new Options(timeout))
            .build();
    return new ConcretePipeline(
        definition, new LinkedHashMap<>(), new LinkedHashMap<>(), stages, post);
  }

  public BuildPlan plan() {
    return Planner.plan(build(), List.of());
  }

  private static List<ConcreteStep> shells(String... scripts) {
    List<ConcreteStep> steps = new ArrayList<>();
    for (String script : scripts) {
      steps.add(step(Step.Shell.builder(script, at(1)).build()));
    }
    return steps;
  }

  private static ConcreteStep step(Step definition) {
    return new ConcreteStep(
        definition, ImageRef.DEFAULT, Caps.DEFAULTS, new LinkedHashMap<>(), null);
  }

  private static SourceRange at(int line) {
    return SourceRange.at(FILE, line, 1);
  }

  /** A stage in the making. */
  public static final class Part {
    private final String name;
    private List<String> needs = List.of();
    private List<ConcreteStep> steps;
    private final SequencedMap<PostCondition, List<ConcreteStep>> post = new LinkedHashMap<>();
    private @Nullable String group;
    private ConcreteStage.Part part = ConcreteStage.Part.WHOLE;
    private FailFast failFast = FailFast.OFF;
    private Decision decision = new Decision.Run();
    private @Nullable Duration timeout;

    public Part(String name) {
      this.name = name;
      this.steps = shells("echo " + name);
    }

    public Part needs(String... value) {
      needs = List.of(value);
      return this;
    }

    public Part scripts(String... scripts) {
      steps = shells(scripts);
      return this;
    }

    public Part steps(Step... definitions) {
      steps = List.of(definitions).stream().map(TestPipeline::step).toList();
      return this;
    }

    public Part post(PostCondition condition, String... scripts) {
      post.put(condition, shells(scripts));
      return this;
    }

    public Part group(String value, FailFast fast) {
      group = value;
      failFast = fast;
      return this;
    }

    /** The post block of a parallel stage, whose branches are its needs. */
    public Part afterBranches(String parallel) {
      part = ConcreteStage.Part.AFTER_BRANCHES;
      group = parallel;
      steps = List.of();
      return this;
    }

    public Part timeout(Duration value) {
      timeout = value;
      return this;
    }

    public Part skip() {
      decision = new Decision.Skip("branch matches 'main'", "branch is 'feature/x'");
      return this;
    }

    private ConcreteStage build(int line) {
      List<ConcreteStep> any = steps.isEmpty() ? shells("true") : steps;
      var body = new StageBody.Steps(any.stream().map(ConcreteStep::definition).toList());
      return new ConcreteStage(
          name,
          part,
          Stage.builder(name, at(line), body).build(),
          group,
          new LinkedHashMap<>(),
          needs,
          ImageRef.DEFAULT,
          Isolation.CONTAINER,
          Caps.DEFAULTS,
          new LinkedHashMap<>(),
          timeout,
          failFast,
          decision,
          steps,
          new ConcretePost(post));
    }
  }
}
