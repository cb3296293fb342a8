package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.CheckoutSource.Submodules;
import dev.stepbox.pipeline.model.FileSelection;
import dev.stepbox.pipeline.model.FileSelection.OnNothing;
import dev.stepbox.pipeline.model.NetworkMode;
import dev.stepbox.pipeline.model.Post;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.Step;
import dev.stepbox.pipeline.model.Step.Interpreter;
import dev.stepbox.pipeline.model.Step.Nesting;
import dev.stepbox.pipeline.model.Step.Terminal;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import dev.stepbox.pipeline.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds steps. */
final class StepBuilder {
  private static final List<String> EVERY_FILE = List.of("**");

  private final ShapeChecker checker;
  private final SettingsBuilder settings;
  private boolean hasDropped;

  StepBuilder(ShapeChecker checker, SettingsBuilder settings) {
    this.checker = checker;
    this.settings = settings;
  }

  /** The usable steps of a list; empty if there is none. */
  List<Step> steps(@Nullable Sequence sequence, Scope scope) {
    List<Step> steps = new ArrayList<>();
    if (sequence != null) {
      for (YamlNode item : sequence.items()) {
        Step step = item instanceof Mapping mapping ? step(mapping, scope) : null;
        if (step == null) {
          hasDropped = true;
        } else {
          steps.add(step);
        }
      }
    }
    return steps;
  }

  /** Whether a step had to be left out. */
  boolean hasDropped() {
    return hasDropped;
  }

  Post post(Fields fields, Scope scope) {
    Fields post = fields.fields("post");
    if (post == null) {
      return Post.NONE;
    }
    Map<PostCondition, List<Step>> groups = new EnumMap<>(PostCondition.class);
    for (PostCondition condition : PostCondition.values()) {
      groups.put(condition, steps(post.sequence(condition.keyword()), scope));
    }
    return Post.of(groups);
  }

  private @Nullable Step step(Mapping mapping, Scope scope) {
    Fields fields = new Fields(mapping, checker);
    String name = fields.text("name");
    SourceRange range = mapping.range();
    YamlNode shell = fields.node("sh");
    if (shell != null) {
      return shell(shell, fields, scope, range);
    }
    YamlNode checkout = fields.node("checkout");
    if (checkout != null) {
      CheckoutSource source = checkout(checkout);
      return source == null ? null : new Step.Checkout(source, name, range);
    }
    YamlNode archive = fields.node("archive");
    if (archive != null) {
      FileSelection files = archive(archive);
      return files == null ? null : new Step.Archive(files, name, range);
    }
    YamlNode stash = fields.node("stash");
    if (stash != null) {
      return stash(stash, name, range);
    }
    String unstash = fields.text("unstash");
    return unstash == null ? null : new Step.Unstash(unstash, name, range);
  }

  private @Nullable Step shell(YamlNode node, Fields fields, Scope scope, SourceRange range) {
    String script = null;
    Interpreter interpreter = Interpreter.SH;
    Terminal terminal = Terminal.PIPE;
    if (node instanceof Scalar scalar) {
      script = scalar.text();
    } else if (node instanceof Mapping mapping) {
      Fields inner = new Fields(mapping, checker);
      script = inner.text("script");
      interpreter = "bash".equals(inner.text("shell")) ? Interpreter.BASH : Interpreter.SH;
      terminal = inner.isTrue("tty") ? Terminal.TTY : Terminal.PIPE;
    }
    Scope inside = scope.inner();
    Step.Shell.Builder builder =
        Step.Shell.builder(script == null ? "true" : script, range)
            .interpreter(interpreter)
            .terminal(terminal)
            .name(fields.text("name"))
            .environment(settings.environment(fields, inside))
            .image(settings.image(fields, inside))
            .caps(settings.caps(fields))
            .timeout(settings.timeout(fields))
            .cache(fields.texts("cache"))
            .network(network(fields.text("network")))
            .nesting(fields.isTrue("nesting") ? Nesting.ALLOWED : Nesting.NONE);
    return script == null ? null : builder.build();
  }

  private static NetworkMode network(@Nullable String word) {
    return switch (word == null ? "build" : word) {
      case "none" -> NetworkMode.NONE;
      case "host" -> NetworkMode.HOST;
      default -> NetworkMode.BUILD;
    };
  }

  private @Nullable CheckoutSource checkout(YamlNode node) {
    if (!(node instanceof Mapping mapping)) {
      return new CheckoutSource.Scm();
    }
    Fields fields = new Fields(mapping, checker);
    String url = fields.text("url");
    if (url == null) {
      return null;
    }
    Submodules submodules = fields.isTrue("submodules") ? Submodules.RECURSIVE : Submodules.SKIP;
    return new CheckoutSource.Repository(
        url, fields.text("revision"), fields.whole("depth"), submodules);
  }

  private @Nullable FileSelection archive(YamlNode node) {
    if (node instanceof Mapping mapping) {
      Fields fields = new Fields(mapping, checker);
      return selection(fields, fields.texts("includes"));
    }
    List<String> patterns = Fields.textsOf(Fields.scalarsOf(node, checker));
    return patterns.isEmpty() ? null : new FileSelection(patterns, List.of(), OnNothing.FAIL);
  }

  private static @Nullable FileSelection selection(Fields fields, List<String> includes) {
    OnNothing onNothing = fields.isTrue("allowEmpty") ? OnNothing.ALLOW : OnNothing.FAIL;
    return includes.isEmpty()
        ? null
        : new FileSelection(includes, fields.texts("excludes"), onNothing);
  }

  private @Nullable Step stash(YamlNode node, @Nullable String stepName, SourceRange range) {
    if (node instanceof Scalar scalar) {
      FileSelection everything = new FileSelection(EVERY_FILE, List.of(), OnNothing.FAIL);
      return new Step.Stash(scalar.text(), everything, stepName, range);
    }
    if (!(node instanceof Mapping mapping)) {
      return null;
    }
    Fields fields = new Fields(mapping, checker);
    String stash = fields.text("name");
    List<String> includes = mapping.has("includes") ? fields.texts("includes") : EVERY_FILE;
    FileSelection files = selection(fields, includes);
    return stash == null || files == null ? null : new Step.Stash(stash, files, stepName, range);
  }
}
