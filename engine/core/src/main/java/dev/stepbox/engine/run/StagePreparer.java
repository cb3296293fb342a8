package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.Source;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.log.StepLogs;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.scm.Reach;
import dev.stepbox.engine.scm.SourceOrder;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds out what stages need beside their plan: images, source trees, what they start from. */
final class StagePreparer {

  private final BuildLayers layers;
  private final SourceShelf sources;
  private final SourceRequest request;
  private final Permissions permissions;
  private final boolean takesOwnSource;

  StagePreparer(
      BuildPlan plan,
      BuildLayers layers,
      SourceShelf sources,
      SourceRequest request,
      Permissions permissions) {
    this.permissions = permissions;
    this.layers = layers;
    this.sources = sources;
    this.request = request;
    this.takesOwnSource =
        plan.byName().sequencedValues().stream()
            .filter(PlannedStage::runs)
            .flatMap(stage -> stage.steps().stream())
            .anyMatch(step ->
                step.step().definition() instanceof Step.Checkout checkout
                    && checkout.source() instanceof CheckoutSource.Scm);
  }

  /** An image that nobody knows is told before the build begins. */
  static void requireImages(BuildPlan plan, SourceRequest source, BuildLayers layers)
      throws InterruptedException {
    Set<ImageRef> images = new LinkedHashSet<>();
    for (PlannedStage stage : plan.byName().sequencedValues()) {
      if (stage.runs()) {
        images.add(stage.image());
        stage.steps().forEach(step -> images.add(step.step().image()));
      }
    }
    for (ImageRef image : images) {
      if (image instanceof ImageRef.Named) {
        layers.image(image, source.directory());
      }
    }
  }

  /**
   * What is to be found out.
   *
   * @param base of a stage that has begun; null for one that has not
   * @param origins what the stages left behind that it follows
   * @param instead what a post block starts from when those cannot be put together; null for a
   *     stage that does not start then
   * @param known what is known of its steps; empty for a stage that has not begun
   */
  record Order(
      PlannedStage stage,
      @Nullable Snapshot base,
      List<BuildLayers.Origin> origins,
      @Nullable List<BuildLayers.Origin> instead,
      List<StepProgress> known) {

    /** What a stage of a build asks for as things stand. */
    static Order of(BuildProgress progress, StageProgress stage, StepLogs logs) {
      boolean isAfterBranches = stage.stage().kind() == PlannedStage.Kind.GROUP_POST;
      return new Order(
          stage.stage(),
          stage.base(),
          stage.base() == null || isAfterBranches ? Origins.of(progress, stage) : List.of(),
          isAfterBranches ? Origins.beforeBranches(progress, stage) : null,
          known(stage, logs));
    }

    private static List<StepProgress> known(StageProgress stage, StepLogs logs) {
      List<StepProgress> known = new ArrayList<>();
      if (stage.state() == StageState.RUNNING) {
        for (PlannedStep step : stage.stage().steps()) {
          StepState state = stage.step(step.index());
          long offset = logs.rawOffset(stage.stage().id(), step.index());
          if (state != StepState.WAITING || offset > 0) {
            known.add(
                new StepProgress(
                    step.index(), state != StepState.WAITING, offset, stage.outcome(step.index())));
          }
        }
      }
      return known;
    }
  }

  /** Take the build's own source tree ahead of the first stage that asks for it. */
  void takeOwnSource() throws InterruptedException {
    if (takesOwnSource) {
      sources.get(new SourceOrder.Own(request));
    }
  }

  /** Answers always: what goes wrong is an input, too. */
  Input prepare(Order order) {
    String name = order.stage().name();
    try {
      return found(order);
    } catch (EngineException e) {
      return new Input.NotPrepared(name, StageResult.ERRORED, e.getMessage(), e.code().id());
    } catch (InterruptedException e) {
      return new Input.NotPrepared(
          name, StageResult.ERRORED, "its preparation was stopped", ErrorCode.INTERNAL.id());
    } catch (RuntimeException e) {
      return new Input.NotPrepared(
          name,
          StageResult.ERRORED,
          "cannot prepare the stage: %s. Please report this.".formatted(e),
          ErrorCode.INTERNAL.id());
    }
  }

  private Input found(Order order) throws InterruptedException {
    PlannedStage stage = order.stage();
    Map<ImageRef, RootImage> images = new HashMap<>();
    RootImage own = layers.image(stage.image(), request.directory());
    images.put(stage.image(), own);
    Map<Integer, Source> checkouts = new HashMap<>();
    SortedMap<Integer, EngineException> missing = new TreeMap<>();
    Source source = null;
    for (PlannedStep step : stage.steps()) {
      switch (step.step().definition()) {
        case Step.Shell _ -> {
          ImageRef image = step.step().image();
          if (!images.containsKey(image)) {
            images.put(image, layers.image(image, request.directory()));
          }
        }
        case Step.Checkout checkout -> {
          // The step that wants it fails, so that what is to run after a failure does.
          try {
            Source taken = sources.get(orderOf(checkout));
            checkouts.put(step.index(), taken);
            source = checkout.source() instanceof CheckoutSource.Scm ? taken : source;
          } catch (EngineException e) {
            if (Outcomes.isUnfit(e.code().id())) {
              throw e;
            }
            missing.put(step.index(), e);
          }
        }
        case Step.Archive _, Step.Stash _, Step.Unstash _ -> {}
      }
    }
    Start start = start(own, order);
    return start.base() == null
        ? new Input.NotPrepared(
            stage.name(), StageResult.FAILED, String.valueOf(start.conflict()), null)
        : new Input.Prepared(
            stage.name(),
            new PreparedStage(
                start.base(), images, source, checkouts, missing, start.conflict(), order.known()));
  }

  /** What a stage starts from, and why not from all that it should; at least one is there. */
  private record Start(@Nullable Snapshot base, @Nullable String conflict) {}

  private Start start(RootImage image, Order order) throws InterruptedException {
    if (order.base() != null && order.instead() == null) {
      return new Start(order.base(), null);
    }
    return switch (layers.join(image, order.origins())) {
      case BuildLayers.Joined.Ready ready ->
          new Start(order.base() == null ? ready.base() : order.base(), null);
      case BuildLayers.Joined.Conflicted conflict ->
          new Start(
              order.base() == null ? instead(image, order) : order.base(), conflict.because());
    };
  }

  private @Nullable Snapshot instead(RootImage image, Order order) throws InterruptedException {
    if (order.instead() == null) {
      return null;
    }
    return switch (layers.join(image, order.instead())) {
      case BuildLayers.Joined.Ready ready -> ready.base();
      // The branches have started from there, so that it was no conflict for them.
      case BuildLayers.Joined.Conflicted _ -> null;
    };
  }

  private SourceOrder orderOf(Step.Checkout checkout) {
    return switch (checkout.source()) {
      case CheckoutSource.Scm _ -> new SourceOrder.Own(request);
      case CheckoutSource.Repository repository ->
          new SourceOrder.Other(
              repository, request.directory(), Reach.of(request.directory(), permissions.paths()));
    };
  }
}
