package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.DUPLICATE_VALUE;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.expression.ValueType;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Isolation;
import dev.stepbox.pipeline.model.Need;
import dev.stepbox.pipeline.model.Parameter;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import dev.stepbox.pipeline.model.Step;
import dev.stepbox.pipeline.yaml.PipelineReader.Completeness;
import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import dev.stepbox.pipeline.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Builds the model from a checked tree. Where something could not be used, a harmless stand-in
 * takes its place, so that the checks of the whole pipeline still see the rest; such a model is
 * never handed out.
 */
final class ModelBuilder {
  private final SourceName name;
  private final Findings problems;
  private final ShapeChecker checker;
  private final SettingsBuilder settings;
  private final StepBuilder steps;
  private final SequencedMap<String, ValueType> parameterTypes = new LinkedHashMap<>();
  private final WhenBuilder whens;
  private final MatrixBuilder matrices;
  private boolean hasDropped;

  ModelBuilder(SourceName name, Findings problems, ShapeChecker checker) {
    this.name = name;
    this.problems = problems;
    this.checker = checker;
    this.settings = new SettingsBuilder(problems, checker);
    this.steps = new StepBuilder(checker, settings);
    this.whens = new WhenBuilder(problems, checker, parameterTypes);
    this.matrices = new MatrixBuilder(problems, checker);
  }

  Pipeline build(Mapping root) {
    Fields fields = new Fields(root, checker);
    Scope scope = Scope.outermost();
    List<Parameter> parameters = parameters(fields);
    for (Parameter parameter : parameters) {
      scope.declare(parameter.name());
      parameterTypes.put(parameter.name(), type(parameter));
    }
    SequencedMap<String, String> environment = settings.environment(fields, scope);
    ImageRef image = settings.agentImage(fields, scope);
    Isolation isolation = settings.isolation(fields);
    List<Stage> stages = stages(fields.sequence("stages"), scope);
    if (stages.isEmpty()) {
      stages.add(standIn(root.range()));
    }
    return Pipeline.builder(name, stages)
        .image(image == null ? ImageRef.DEFAULT : image)
        .isolation(isolation == null ? Isolation.CONTAINER : isolation)
        .caps(settings.caps(fields))
        .environment(environment)
        .options(settings.options(fields))
        .parameters(parameters)
        .post(steps.post(fields, scope))
        .build();
  }

  /** What became of the stages and steps in {@link #build}. */
  Completeness completeness() {
    return hasDropped || steps.hasDropped() ? Completeness.PARTIAL : Completeness.WHOLE;
  }

  private Stage standIn(SourceRange range) {
    return Stage.builder("(unusable)", range, stepsOf(List.of(), range)).build();
  }

  private static StageBody.Steps stepsOf(List<Step> found, SourceRange range) {
    return new StageBody.Steps(
        found.isEmpty() ? List.of(Step.Shell.builder("true", range).build()) : found);
  }

  private static ValueType type(Parameter parameter) {
    return switch (parameter) {
      case Parameter.Text _, Parameter.Choice _ -> ValueType.TEXT;
      case Parameter.Flag _ -> ValueType.TRUTH;
    };
  }

  private List<Parameter> parameters(Fields fields) {
    List<Parameter> parameters = new ArrayList<>();
    Sequence sequence = fields.sequence("parameters");
    if (sequence == null) {
      return parameters;
    }
    SequencedMap<String, Parameter> seen = new LinkedHashMap<>();
    for (YamlNode item : sequence.items()) {
      Parameter parameter = item instanceof Mapping mapping ? parameter(mapping) : null;
      if (parameter == null) {
        continue;
      }
      Parameter first = seen.putIfAbsent(parameter.name(), parameter);
      if (first == null) {
        parameters.add(parameter);
      } else {
        problems.add(
            DUPLICATE_VALUE,
            parameter.range(),
            "two parameters are called %s".formatted(quote(parameter.name())),
            "second one",
            "the first stands in line %d; rename one of them".formatted(first.range().startLine()));
      }
    }
    return parameters;
  }

  private @Nullable Parameter parameter(Mapping mapping) {
    Fields kinds = new Fields(mapping, checker);
    for (Entry entry : mapping.entries()) {
      Fields fields = kinds.fields(entry.name());
      Scalar called = fields == null ? null : fields.scalar("name");
      if (fields == null || called == null) {
        continue;
      }
      String description = fields.text("description");
      SourceRange range = called.range();
      switch (entry.name()) {
        case "string" -> {
          String value = fields.text("default");
          return new Parameter.Text(called.text(), value == null ? "" : value, description, range);
        }
        case "choice" -> {
          List<String> choices = fields.texts("choices");
          return choices.isEmpty()
              ? null
              : new Parameter.Choice(called.text(), choices, description, range);
        }
        case "boolean" -> {
          return new Parameter.Flag(called.text(), fields.isTrue("default"), description, range);
        }
        default -> {} // an unknown kind has been reported
      }
    }
    return null;
  }

  private List<Stage> stages(@Nullable Sequence sequence, Scope scope) {
    List<Stage> stages = new ArrayList<>();
    if (sequence != null) {
      for (YamlNode item : sequence.items()) {
        Stage stage = item instanceof Mapping mapping ? stage(mapping, scope) : null;
        if (stage == null) {
          hasDropped = true;
        } else {
          stages.add(stage);
        }
      }
    }
    return stages;
  }

  private @Nullable Stage stage(Mapping mapping, Scope outer) {
    Fields fields = new Fields(mapping, checker);
    Scalar called = fields.scalar("stage");
    Scope scope = outer.inner();
    Fields matrix = fields.fields("matrix");
    List<StageBody.Axis> axes = matrix == null ? List.of() : matrices.axes(matrix);
    for (StageBody.Axis axis : axes) {
      scope.declare(axis.name());
    }
    SequencedMap<String, String> environment = settings.environment(fields, scope);
    SourceRange range = called == null ? mapping.range() : called.range();
    StageBody body = body(fields, scope, matrix, axes, range);
    Mapping when = fields.mapping("when");
    Stage.Builder builder =
        Stage.builder(called == null ? "(unnamed)" : called.text(), range, body)
            .environment(environment)
            .image(settings.agentImage(fields, scope))
            .isolation(settings.isolation(fields))
            .caps(settings.caps(fields))
            .options(settings.options(fields))
            .when(when == null ? null : whens.build(when))
            .needs(needs(fields))
            .post(steps.post(fields, scope));
    return called == null ? null : builder.build();
  }

  private StageBody body(
      Fields fields,
      Scope scope,
      @Nullable Fields matrix,
      List<StageBody.Axis> axes,
      SourceRange range) {
    FailFast failFast = fields.isTrue("failFast") ? FailFast.ON : FailFast.OFF;
    List<Stage> branches = stages(fields.sequence("parallel"), scope);
    if (!branches.isEmpty() && !isAnyParallel(branches)) {
      return new StageBody.Parallel(branches, failFast);
    }
    StageBody.Steps own = stepsOf(steps.steps(fields.sequence("steps"), scope), range);
    List<StageBody.Exclude> excludes = matrix == null ? List.of() : matrices.excludes(matrix, axes);
    return axes.isEmpty() ? own : new StageBody.Matrix(axes, excludes, own, failFast);
  }

  private static boolean isAnyParallel(List<Stage> stages) {
    for (Stage stage : stages) {
      if (stage.body() instanceof StageBody.Parallel) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable List<Need> needs(Fields fields) {
    if (fields.sequence("needs") == null) {
      return null;
    }
    SequencedMap<String, Need> needs = new LinkedHashMap<>();
    for (Scalar need : fields.scalars("needs")) {
      needs.putIfAbsent(need.text(), new Need(need.text(), need.range()));
    }
    return List.copyOf(needs.values());
  }
}
