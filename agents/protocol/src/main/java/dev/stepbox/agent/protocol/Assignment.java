package dev.stepbox.agent.protocol;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a worker needs to run one attempt of one stage.
 *
 * @param stageName what people see, for example {@code Test [JDK=17]}
 * @param demands of the whole build, the same in every assignment of the build
 * @param base what the stage starts from; its image is the stage's image
 * @param source the build's own source tree, whose branch and commit every step sees in its
 *     environment; null when the build has none
 * @param environment the variables of pipeline and stage, merged
 * @param secrets variables over all others; every step gets them
 * @param steps in the order in which they run; the first failure skips the rest
 * @param post steps by condition; a failing post step skips the rest of its condition and marks the
 *     stage failed, the other conditions run
 * @param prior what the post conditions see before any step has run: for a post block that is a
 *     stage of its own what it follows came to, else {@link StageResult#SUCCEEDED}
 */
public record Assignment(
    AttemptId attempt,
    String stageName,
    Demands demands,
    Snapshot base,
    @Nullable Source source,
    SequencedMap<String, String> environment,
    List<Secret> secrets,
    List<StepAssignment> steps,
    Map<PostCondition, List<StepAssignment>> post,
    StageSettings settings,
    StageResult prior) {
  /** Steps and post steps of one stage. */
  public static final int MAX_STEPS = 10_000;

  public Assignment {
    Names.requireText("stage name", stageName);
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    secrets = List.copyOf(secrets);
    steps = List.copyOf(steps);
    post = copyOf(post);
    requireDense(steps, post);
  }

  /** An assignment without steps, everything else at its default. */
  public static Builder builder(AttemptId attempt, Demands demands, Snapshot base) {
    return new Builder(attempt, demands, base);
  }

  /** These values again, to change some of them. */
  public Builder toBuilder() {
    Builder builder = new Builder(attempt, demands, base);
    builder.stageName = stageName;
    builder.source = source;
    builder.environment = environment;
    builder.secrets = secrets;
    builder.steps = steps;
    builder.post = post;
    builder.settings = settings;
    builder.prior = prior;
    return builder;
  }

  /** All steps in the order of their index: those of the stage, then those of its post blocks. */
  public List<StepAssignment> allSteps() {
    return Stream.concat(steps.stream(), post.values().stream().flatMap(List::stream)).toList();
  }

  private static Map<PostCondition, List<StepAssignment>> copyOf(
      Map<PostCondition, List<StepAssignment>> post) {
    var copy = new EnumMap<PostCondition, List<StepAssignment>>(PostCondition.class);
    post.forEach((condition, block) -> {
      if (!block.isEmpty()) {
        copy.put(condition, List.copyOf(block));
      }
    });
    return Collections.unmodifiableMap(copy);
  }

  private static void requireDense(
      List<StepAssignment> steps, Map<PostCondition, List<StepAssignment>> post) {
    int expected = 0;
    for (StepAssignment step : steps) {
      requireIndex(step, expected++);
    }
    for (List<StepAssignment> block : post.values()) {
      for (StepAssignment step : block) {
        requireIndex(step, expected++);
      }
    }
    if (expected > MAX_STEPS) {
      throw new IllegalArgumentException(
          "a stage has at most %d steps, this one has %d".formatted(MAX_STEPS, expected));
    }
  }

  private static void requireIndex(StepAssignment step, int expected) {
    if (step.index() != expected) {
      throw new IllegalArgumentException(
          "step '%s' has index %d where %d is due".formatted(step.label(), step.index(), expected));
    }
  }

  /** Collects the parts of an assignment. Not for use by several threads. */
  public static final class Builder {
    private final AttemptId attempt;
    private final Demands demands;
    private final Snapshot base;
    private String stageName;
    private @Nullable Source source;
    private SequencedMap<String, String> environment = new LinkedHashMap<>();
    private List<Secret> secrets = List.of();
    private List<StepAssignment> steps = List.of();
    private Map<PostCondition, List<StepAssignment>> post = Map.of();
    private StageSettings settings = StageSettings.defaults();
    private StageResult prior = StageResult.SUCCEEDED;

    private Builder(AttemptId attempt, Demands demands, Snapshot base) {
      this.attempt = attempt;
      this.demands = demands;
      this.base = base;
      this.stageName = attempt.stage();
    }

    public Builder stageName(String value) {
      stageName = value;
      return this;
    }

    public Builder source(@Nullable Source value) {
      source = value;
      return this;
    }

    public Builder environment(SequencedMap<String, String> value) {
      environment = value;
      return this;
    }

    public Builder secrets(List<Secret> value) {
      secrets = value;
      return this;
    }

    public Builder steps(List<StepAssignment> value) {
      steps = value;
      return this;
    }

    public Builder post(Map<PostCondition, List<StepAssignment>> value) {
      post = value;
      return this;
    }

    public Builder settings(StageSettings value) {
      settings = value;
      return this;
    }

    public Builder prior(StageResult value) {
      prior = value;
      return this;
    }

    public Assignment build() {
      return new Assignment(
          attempt,
          stageName,
          demands,
          base,
          source,
          environment,
          secrets,
          steps,
          post,
          settings,
          prior);
    }
  }
}
