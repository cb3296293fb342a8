package dev.stepbox.engine;

import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.pipeline.model.Pipeline;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What somebody asks the engine to build.
 *
 * @param text of the pipeline file, kept with the build
 * @param pipeline what the text says
 * @param source the tree that {@code checkout: scm} takes
 * @param parameters values given with {@code --param}; the plan checks them
 * @param environment variables given with {@code --env}
 * @param stages names given with {@code --stage}: of stages, or of the parallel or matrix stage
 *     around them; these and what they need run; empty means all
 * @param secrets given with {@code --secret}: every step gets them, no output shows them
 * @param options everything else
 */
public record BuildRequest(
    String text,
    Pipeline pipeline,
    SourceRequest source,
    SequencedMap<String, String> parameters,
    SequencedMap<String, String> environment,
    List<String> stages,
    List<Secret> secrets,
    RunOptions options) {

  /** Most names of stages in one request. */
  public static final int STAGES_MAX = 1_000;

  public BuildRequest {
    parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    stages = List.copyOf(stages);
    secrets = List.copyOf(secrets);
    if (stages.size() > STAGES_MAX) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "cannot select %d stages: at most %d names can be given. Name the parallel or matrix"
                  .formatted(stages.size(), STAGES_MAX)
              + " stage instead of its parts.");
    }
  }

  /** Begin with all stages, no parameters, no variables, no secrets. */
  public static Builder builder(String text, Pipeline pipeline, SourceRequest source) {
    return new Builder(text, pipeline, source);
  }

  /** Collects the parts of a request. */
  public static final class Builder {
    private final String text;
    private final Pipeline pipeline;
    private final SourceRequest source;
    private SequencedMap<String, String> parameters = new LinkedHashMap<>();
    private SequencedMap<String, String> environment = new LinkedHashMap<>();
    private List<String> stages = List.of();
    private List<Secret> secrets = List.of();
    private RunOptions options = RunOptions.DEFAULTS;

    private Builder(String text, Pipeline pipeline, SourceRequest source) {
      this.text = text;
      this.pipeline = pipeline;
      this.source = source;
    }

    public Builder parameters(SequencedMap<String, String> value) {
      parameters = value;
      return this;
    }

    public Builder environment(SequencedMap<String, String> value) {
      environment = value;
      return this;
    }

    public Builder stages(List<String> value) {
      stages = value;
      return this;
    }

    public Builder secrets(List<Secret> value) {
      secrets = value;
      return this;
    }

    public Builder options(RunOptions value) {
      options = value;
      return this;
    }

    public BuildRequest build() {
      return new BuildRequest(
          text, pipeline, source, parameters, environment, stages, secrets, options);
    }
  }
}
