package dev.stepbox.pipeline.expand;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LIMIT;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Isolation;
import dev.stepbox.pipeline.model.Need;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Post;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import dev.stepbox.pipeline.model.Step;
import dev.stepbox.pipeline.schema.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Works out the concrete stages of a build. A pure function: the same pipeline and context always
 * give the same stages in the same order. Safe for any number of threads.
 */
public final class Expander {
  private static final SequencedMap<String, String> NOTHING =
      FrozenVariables.copyOf(new LinkedHashMap<>());

  private final Pipeline pipeline;
  private final Findings found = new Findings(Limits.DIAGNOSTICS_MAX);
  private final Budget budget = new Budget();
  private final SettingResolver settings = new SettingResolver(found, budget);
  private final WhenEvaluator conditions;
  private final List<ConcreteStage> stages = new ArrayList<>();

  /** The concrete stages behind each name that a need may use. */
  private final Map<String, List<String>> members = new HashMap<>();

  private Expander(Pipeline pipeline, WhenEvaluator conditions) {
    this.pipeline = pipeline;
    this.conditions = conditions;
  }

  /**
   * Expands a pipeline for one build.
   *
   * @throws IllegalArgumentException if the pipeline was not made by the parser and refers to a
   *     stage, variable or parameter that it does not have
   */
  public static ExpandResult expand(Pipeline pipeline, WhenContext context) {
    Findings given = new Findings(Limits.DIAGNOSTICS_MAX);
    SequencedMap<String, String> parameters =
        Parameters.resolve(pipeline, context.parameters(), given);
    if (given.hasErrors()) {
      return new ExpandResult.Rejected(given.sorted());
    }
    WhenEvaluator conditions = new WhenEvaluator(pipeline, context.branch(), parameters);
    return new Expander(pipeline, conditions).expand(parameters, context.environment());
  }

  private ExpandResult expand(
      SequencedMap<String, String> parameters, SequencedMap<String, String> outside) {
    SourceRange top = SourceRange.at(pipeline.file(), 1, 1);
    try {
      SequencedMap<String, String> base = new LinkedHashMap<>(parameters);
      base.putAll(outside);
      SequencedMap<String, String> environment =
          settings.over(base, pipeline.environment(), outside, top);
      ImageRef image = settings.image(pipeline.image(), ImageRef.DEFAULT, environment, top);
      Level level =
          new Level(
              image, pipeline.isolation(), pipeline.caps().over(Caps.DEFAULTS), environment, null);
      indexNames();
      Stage previous = null;
      for (Stage stage : pipeline.stages()) {
        addStage(stage, needs(stage, previous), level);
        previous = stage;
      }
      ConcretePost post = post(pipeline.post(), level);
      return found.hasErrors()
          ? new ExpandResult.Rejected(found.sorted())
          : new ExpandResult.Expanded(
              new ConcretePipeline(pipeline, parameters, environment, stages, post));
    } catch (Budget.Spent spent) {
      found.add(
          LIMIT,
          top,
          "the expanded pipeline has more than %d stages, steps and variables"
              .formatted(Limits.EXPANDED_SIZE_MAX),
          "",
          "shorten matrices, or the environment of stages with many cells");
      return new ExpandResult.Rejected(found.sorted());
    }
  }

  /** What a stage or step inherits. */
  private record Level(
      ImageRef image,
      Isolation isolation,
      Caps caps,
      SequencedMap<String, String> environment,
      @Nullable Duration timeout) {}

  /** What a branch or cell has from the stage of the top level to which it belongs. */
  private record Origin(
      @Nullable String group, List<String> needs, FailFast failFast, Decision decision) {}

  private void indexNames() {
    for (Stage stage : pipeline.stages()) {
      List<String> names = new ArrayList<>();
      collectNames(stage, stage.name(), names);
      members.put(stage.name(), List.copyOf(names));
      for (String name : names) {
        members.putIfAbsent(name, List.of(name));
      }
    }
  }

  private void collectNames(Stage stage, String name, List<String> names) {
    switch (stage.body()) {
      case StageBody.Steps _ -> names.add(name);
      case StageBody.Parallel parallel -> {
        for (Stage branch : parallel.branches()) {
          String branchName = StageNames.ofBranch(name, branch.name());
          int first = names.size();
          collectNames(branch, branchName, names);
          members.put(branchName, List.copyOf(names.subList(first, names.size())));
        }
        if (!stage.post().isEmpty()) {
          names.add(StageNames.ofPost(name));
        }
      }
      case StageBody.Matrix matrix -> {
        for (SequencedMap<String, String> cell : Cells.of(matrix)) {
          names.add(StageNames.ofCell(name, cell));
        }
      }
    }
  }

  private List<String> needs(Stage stage, @Nullable Stage previous) {
    List<Need> needs = stage.needs();
    if (needs == null) {
      return previous == null ? List.of() : membersOf(previous.name());
    }
    if (needs.size() == 1) {
      return membersOf(needs.getFirst().stage());
    }
    Set<String> all = new LinkedHashSet<>();
    for (Need need : needs) {
      all.addAll(membersOf(need.stage()));
    }
    budget.spend(all.size());
    return List.copyOf(all);
  }

  private List<String> membersOf(String name) {
    List<String> names = members.get(name);
    if (names == null) {
      throw new IllegalArgumentException(
          "no stage is called '%s': parse the pipeline first".formatted(name));
    }
    return names;
  }

  private void addStage(Stage stage, List<String> needs, Level outer) {
    switch (stage.body()) {
      case StageBody.Steps steps -> {
        Decision decision = conditions.decide(stage.when(), outer.environment());
        Origin origin = new Origin(null, needs, FailFast.OFF, decision);
        add(stage, stage.name(), NOTHING, steps, origin, outer);
      }
      case StageBody.Matrix matrix -> {
        Origin origin = new Origin(stage.name(), needs, matrix.failFast(), new Decision.Run());
        addCells(stage, stage.name(), matrix, origin, outer);
      }
      case StageBody.Parallel parallel -> {
        Decision decision = conditions.decide(stage.when(), outer.environment());
        Origin origin = new Origin(stage.name(), needs, parallel.failFast(), decision);
        Level level = inner(stage, outer);
        for (Stage branch : parallel.branches()) {
          addBranch(branch, StageNames.ofBranch(stage.name(), branch.name()), origin, level);
        }
        if (!stage.post().isEmpty()) {
          addPost(stage, origin, level);
        }
      }
    }
  }

  private void addBranch(Stage branch, String name, Origin origin, Level outer) {
    switch (branch.body()) {
      case StageBody.Steps steps ->
          add(branch, name, NOTHING, steps, decided(origin, branch, outer), outer);
      case StageBody.Matrix matrix -> addCells(branch, name, matrix, origin, outer);
      case StageBody.Parallel _ ->
          throw new IllegalStateException("a branch is parallel: " + branch.name());
    }
  }

  private void addCells(
      Stage stage, String name, StageBody.Matrix matrix, Origin origin, Level outer) {
    for (SequencedMap<String, String> cell : Cells.of(matrix)) {
      SequencedMap<String, String> values = FrozenVariables.copyOf(cell);
      budget.spend(outer.environment().size() + values.size());
      SequencedMap<String, String> environment = new LinkedHashMap<>(outer.environment());
      environment.putAll(values);
      Level level =
          new Level(
              outer.image(),
              outer.isolation(),
              outer.caps(),
              FrozenVariables.copyOf(environment),
              outer.timeout());
      String cellName = StageNames.ofCell(name, cell);
      add(stage, cellName, values, matrix.steps(), decided(origin, stage, level), level);
    }
  }

  /** The condition of the stage around it comes first. */
  private Origin decided(Origin origin, Stage stage, Level level) {
    return switch (origin.decision()) {
      case Decision.Skip _ -> origin;
      case Decision.Run _ ->
          new Origin(
              origin.group(),
              origin.needs(),
              origin.failFast(),
              conditions.decide(stage.when(), level.environment()));
    };
  }

  private void add(
      Stage stage,
      String name,
      SequencedMap<String, String> cell,
      StageBody.Steps body,
      Origin origin,
      Level outer) {
    budget.spend(1);
    Level level = inner(stage, outer);
    stages.add(
        new ConcreteStage(
            name,
            ConcreteStage.Part.WHOLE,
            stage,
            origin.group(),
            cell,
            origin.needs(),
            level.image(),
            level.isolation(),
            level.caps(),
            level.environment(),
            level.timeout(),
            origin.failFast(),
            origin.decision(),
            steps(body.steps(), level),
            post(stage.post(), level)));
  }

  private void addPost(Stage parallel, Origin origin, Level level) {
    budget.spend(1);
    String name = StageNames.ofPost(parallel.name());
    List<String> branches =
        membersOf(parallel.name()).stream().filter(member -> !member.equals(name)).toList();
    budget.spend(branches.size());
    stages.add(
        new ConcreteStage(
            name,
            ConcreteStage.Part.AFTER_BRANCHES,
            parallel,
            origin.group(),
            NOTHING,
            branches,
            level.image(),
            level.isolation(),
            level.caps(),
            level.environment(),
            null,
            FailFast.OFF,
            origin.decision(),
            List.of(),
            post(parallel.post(), level)));
  }

  private Level inner(Stage stage, Level outer) {
    SequencedMap<String, String> environment =
        settings.over(outer.environment(), stage.environment(), stage.range());
    Isolation isolation = stage.isolation();
    return new Level(
        settings.image(stage.image(), outer.image(), environment, stage.range()),
        isolation == null ? outer.isolation() : isolation,
        stage.caps().over(outer.caps()),
        environment,
        shorter(stage.options().timeout(), outer.timeout()));
  }

  private static @Nullable Duration shorter(@Nullable Duration one, @Nullable Duration other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.compareTo(other) <= 0 ? one : other;
  }

  private ConcretePost post(Post post, Level level) {
    SequencedMap<PostCondition, List<ConcreteStep>> groups = new LinkedHashMap<>();
    for (Map.Entry<PostCondition, List<Step>> group : post.steps().entrySet()) {
      groups.put(group.getKey(), steps(group.getValue(), level));
    }
    return new ConcretePost(groups);
  }

  private List<ConcreteStep> steps(List<Step> steps, Level level) {
    budget.spend(steps.size());
    List<ConcreteStep> concrete = new ArrayList<>();
    for (Step step : steps) {
      concrete.add(
          switch (step) {
            case Step.Shell shell -> shell(shell, level);
            case Step.Checkout _, Step.Archive _, Step.Stash _, Step.Unstash _ ->
                new ConcreteStep(step, level.image(), level.caps(), level.environment(), null);
          });
    }
    return List.copyOf(concrete);
  }

  private ConcreteStep shell(Step.Shell shell, Level level) {
    SequencedMap<String, String> environment =
        settings.over(level.environment(), shell.environment(), shell.range());
    return new ConcreteStep(
        shell,
        settings.image(shell.image(), level.image(), environment, shell.range()),
        shell.caps().over(level.caps()),
        environment,
        shell.timeout());
  }
}
