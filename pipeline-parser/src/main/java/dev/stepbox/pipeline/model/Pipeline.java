package dev.stepbox.pipeline.model;

import dev.stepbox.pipeline.diagnostic.SourceName;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The definition of a build, as one file says it.
 *
 * @param caps as written; what is absent comes from {@link Caps#DEFAULTS}
 * @param environment values as written, references unresolved
 */
public record Pipeline(
    SourceName file,
    ImageRef image,
    Isolation isolation,
    Caps caps,
    SequencedMap<String, String> environment,
    Options options,
    List<Parameter> parameters,
    List<Stage> stages,
    Post post) {

  public Pipeline {
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    parameters = List.copyOf(parameters);
    stages = List.copyOf(stages);
    if (stages.isEmpty()) {
      throw new IllegalArgumentException("a pipeline needs at least one stage");
    }
  }

  public static Builder builder(SourceName file, List<Stage> stages) {
    return new Builder(file, stages);
  }

  /** Collects the parts of a pipeline; only its stages are required. */
  public static final class Builder {
    private final SourceName file;
    private final List<Stage> stages;
    private ImageRef image = ImageRef.DEFAULT;
    private Isolation isolation = Isolation.CONTAINER;
    private Caps caps = Caps.INHERITED;
    private SequencedMap<String, String> environment = new LinkedHashMap<>();
    private Options options = Options.NONE;
    private List<Parameter> parameters = List.of();
    private Post post = Post.NONE;

    private Builder(SourceName file, List<Stage> stages) {
      this.file = file;
      this.stages = stages;
    }

    public Builder image(ImageRef value) {
      image = value;
      return this;
    }

    public Builder isolation(Isolation value) {
      isolation = value;
      return this;
    }

    public Builder caps(Caps value) {
      caps = value;
      return this;
    }

    public Builder environment(SequencedMap<String, String> value) {
      environment = value;
      return this;
    }

    public Builder options(Options value) {
      options = value;
      return this;
    }

    public Builder parameters(List<Parameter> value) {
      parameters = value;
      return this;
    }

    public Builder post(Post value) {
      post = value;
      return this;
    }

    public Pipeline build() {
      return new Pipeline(
          file, image, isolation, caps, environment, options, parameters, stages, post);
    }
  }
}
