package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StageSettings;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.ContainerRuntime;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.scm.SourceTrees;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.expand.ConcreteStep;
import dev.stepbox.pipeline.model.FileSelection;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Processors;
import dev.stepbox.pipeline.model.Step;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts a stage of a plan into the words of the worker protocol. Immutable. */
final class Assignments {

  private final BuildId build;
  private final RunOptions options;
  private final List<Secret> secrets;
  private final Project project;
  private final Demands demands;
  private final SourceTrees.Origin origin;

  /**
   * The words for one build.
   *
   * @param origin what is known of the build's own source before it is taken
   * @param project whose caches its steps use
   */
  Assignments(
      BuildId build,
      BuildPlan plan,
      RunOptions options,
      List<Secret> secrets,
      SourceTrees.Origin origin,
      Project project) {
    this.build = build;
    this.origin = origin;
    this.options = options;
    this.secrets = List.copyOf(secrets);
    this.project = project;
    this.demands = demands(plan, options);
  }

  /** What the build asks of the machine. */
  Demands demands() {
    return demands;
  }

  /** Whether any step runs in a sandbox. */
  boolean needsSandbox() {
    return !demands.networks().isEmpty();
  }

  /** What the worker calls a try of a stage. */
  AttemptId attempt(PlannedStage stage, int number) {
    return new AttemptId(build.toString(), stage.id(), number);
  }

  Assignment of(PlannedStage stage, int number, PreparedStage prepared, StageResult prior) {
    List<StepAssignment> own = new ArrayList<>();
    Map<PostCondition, List<StepAssignment>> post = new EnumMap<>(PostCondition.class);
    for (PlannedStep step : stage.steps()) {
      PostCondition condition = step.key().post();
      List<StepAssignment> group =
          condition == null ? own : post.computeIfAbsent(condition, _ -> new ArrayList<>());
      group.add(step(step, prepared));
    }
    return new Assignment(
        attempt(stage, number),
        stage.name(),
        demands,
        prepared.base(),
        prepared.source(),
        environment(stage),
        secrets,
        own,
        post,
        new StageSettings(
            stage.timeout(),
            options.grace(),
            options.outputLimitBytes(),
            cacheScope(stage),
            caps(stage.caps()).diskBytes(),
            isolation(stage, options)),
        prior);
  }

  /** The digest in the name of a scope costs a start some milliseconds, and most need none. */
  private String cacheScope(PlannedStage stage) {
    boolean isUsed =
        stage.steps().stream()
            .anyMatch(step ->
                step.step().definition() instanceof Step.Shell shell && !shell.cache().isEmpty());
    return isUsed ? project.cacheScope() : StageSettings.NO_SCOPE;
  }

  /** A stage that checks nothing out knows branch and commit, too, and does not wait for a tree. */
  private SequencedMap<String, String> environment(PlannedStage stage) {
    SequencedMap<String, String> variables = new LinkedHashMap<>();
    if (origin.branch() != null) {
      variables.put("BRANCH_NAME", origin.branch());
      variables.put("GIT_BRANCH", origin.branch());
    }
    if (origin.commit() != null) {
      variables.put("GIT_COMMIT", origin.commit());
    }
    variables.putAll(stage.environment());
    return variables;
  }

  private static StepAssignment step(PlannedStep step, PreparedStage prepared) {
    return new StepAssignment(
        step.index(),
        step.label(),
        position(step),
        step.step().environment(),
        action(step, prepared));
  }

  static Position position(PlannedStep step) {
    SourceRange range = step.step().definition().range();
    return new Position(range.file().value(), range.startLine());
  }

  private static Action action(PlannedStep step, PreparedStage prepared) {
    return switch (step.step().definition()) {
      case Step.Shell shell -> shell(shell, step.step(), prepared);
      case Step.Checkout _ -> checkout(step, prepared);
      case Step.Archive archive ->
          new Action.Archive(
              archive.files().includes(), archive.files().excludes(), whenEmpty(archive.files()));
      case Step.Stash stash ->
          new Action.Stash(
              stash.stash(),
              stash.files().includes(),
              stash.files().excludes(),
              whenEmpty(stash.files()));
      case Step.Unstash unstash -> new Action.Unstash(unstash.stash());
    };
  }

  private static Action checkout(PlannedStep step, PreparedStage prepared) {
    EngineException missing = prepared.missing().get(step.index());
    return missing != null
        ? new Action.SourceMissing(missing.getMessage())
        : new Action.Checkout(
            Objects.requireNonNull(
                prepared.checkouts().get(step.index()), "a checkout is prepared with its tree"));
  }

  private static Action shell(Step.Shell shell, ConcreteStep step, PreparedStage prepared) {
    RootImage image =
        Objects.requireNonNull(
            prepared.images().get(step.image()), "a step is prepared with its image");
    return new Action.Shell(
        shell.script(),
        switch (shell.interpreter()) {
          case SH -> Interpreter.SH;
          case BASH -> Interpreter.BASH;
        },
        image.equals(prepared.base().image()) ? null : image,
        caps(step.caps()),
        step.timeout(),
        shell.cache(),
        network(shell),
        switch (shell.terminal()) {
          case PIPE -> Terminal.NONE;
          case TTY -> Terminal.PTY;
        },
        switch (shell.nesting()) {
          case NONE -> Nesting.NONE;
          case ALLOWED -> Nesting.ALLOWED;
        });
  }

  private static NetworkMode network(Step.Shell shell) {
    return switch (shell.network()) {
      case NONE -> NetworkMode.NONE;
      case BUILD -> NetworkMode.BUILD;
      case HOST -> NetworkMode.HOST;
    };
  }

  private static Isolation isolation(PlannedStage stage, RunOptions options) {
    var asked = options.isolation();
    ContainerRuntime runtime = options.runtime();
    return switch (asked == null ? stage.isolation() : asked) {
      case CONTAINER -> runtime == null ? Isolation.CONTAINER : runtime.isolation();
      case VM -> Isolation.VM;
    };
  }

  private static Action.WhenEmpty whenEmpty(FileSelection files) {
    return switch (files.onNothing()) {
      case FAIL -> Action.WhenEmpty.FAIL;
      case ALLOW -> Action.WhenEmpty.ALLOW;
    };
  }

  /** Caps as the worker counts them. */
  static Caps caps(dev.stepbox.pipeline.model.Caps caps) {
    Processors cpu = caps.cpu();
    return new Caps(
        cpu == null ? null : (Integer) cpu.thousandths(),
        caps.memory() == null ? null : caps.memory().bytes(),
        caps.pids(),
        caps.disk() == null ? null : caps.disk().bytes());
  }

  private static Demands demands(BuildPlan plan, RunOptions options) {
    Set<NetworkMode> networks = EnumSet.noneOf(NetworkMode.class);
    Set<Demands.Cap> caps = EnumSet.noneOf(Demands.Cap.class);
    Set<Isolation> isolations = EnumSet.noneOf(Isolation.class);
    boolean host = false;
    for (PlannedStage stage : plan.byName().sequencedValues()) {
      if (stage.runs()) {
        host |= stage.image() instanceof ImageRef.Host;
        for (PlannedStep step : stage.steps()) {
          if (step.step().definition() instanceof Step.Shell shell) {
            host |= step.step().image() instanceof ImageRef.Host;
            networks.add(network(shell));
            isolations.add(isolation(stage, options));
            caps.addAll(caps(step.step().caps()).limited());
          }
        }
      }
    }
    return new Demands(
        networks,
        caps,
        host ? Demands.HostImage.USED : Demands.HostImage.UNUSED,
        isolations,
        options.capsPolicy(),
        options.permissions().chroots());
  }

  /** The root file system of a step, as the user wrote it. */
  static String imageName(PlannedStep step) {
    return step.step().image().toString();
  }

  /** The caps of a step; none for a built-in action, which runs in no sandbox. */
  static Caps capsOf(PlannedStep step) {
    return step.step().definition() instanceof Step.Shell ? caps(step.step().caps()) : Caps.none();
  }

  static @Nullable PlannedStep find(PlannedStage stage, int index) {
    return index >= 0 && index < stage.steps().size() ? stage.steps().get(index) : null;
  }
}
