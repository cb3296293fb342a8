package dev.stepbox.pipeline.model;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A named part of a pipeline.
 *
 * @param range where its name stands
 * @param image absent means the pipeline's
 * @param isolation absent means that of the level above
 * @param environment values as written, references unresolved
 * @param when absent means always
 * @param needs absent means the stage before it in the file, empty means none
 */
public record Stage(
    String name,
    SourceRange range,
    @Nullable ImageRef image,
    @Nullable Isolation isolation,
    Caps caps,
    SequencedMap<String, String> environment,
    Options options,
    @Nullable When when,
    @Nullable List<Need> needs,
    StageBody body,
    Post post) {

  public Stage {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a stage needs a name, got '%s'".formatted(name));
    }
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    needs = needs == null ? null : List.copyOf(needs);
  }

  public static Builder builder(String name, SourceRange range, StageBody body) {
    return new Builder(name, range, body);
  }

  /** Collects the parts of a stage; name, place and body are required. */
  public static final class Builder {
    private final String name;
    private final SourceRange range;
    private final StageBody body;
    private @Nullable ImageRef image;
    private @Nullable Isolation isolation;
    private Caps caps = Caps.INHERITED;
    private SequencedMap<String, String> environment = new LinkedHashMap<>();
    private Options options = Options.NONE;
    private @Nullable When when;
    private @Nullable List<Need> needs;
    private Post post = Post.NONE;

    private Builder(String name, SourceRange range, StageBody body) {
      this.name = name;
      this.range = range;
      this.body = body;
    }

    public Builder image(@Nullable ImageRef value) {
      image = value;
      return this;
    }

    public Builder isolation(@Nullable Isolation value) {
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

    public Builder when(@Nullable When value) {
      when = value;
      return this;
    }

    public Builder needs(@Nullable List<Need> value) {
      needs = value;
      return this;
    }

    public Builder post(Post value) {
      post = value;
      return this;
    }

    public Stage build() {
      return new Stage(
          name, range, image, isolation, caps, environment, options, when, needs, body, post);
    }
  }
}
