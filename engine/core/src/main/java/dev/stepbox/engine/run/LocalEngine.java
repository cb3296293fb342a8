package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.BuildsUsage;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EngineConfig;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.artifact.Artifact;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.home.BuildLock;
import dev.stepbox.engine.home.CancelFile;
import dev.stepbox.engine.home.Home;
import dev.stepbox.engine.home.StoredRequest;
import dev.stepbox.engine.journal.Journal;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.log.StepLog;
import dev.stepbox.engine.log.StepLogs;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.Wish;
import dev.stepbox.engine.scm.SourceTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The engine whose builds are carried on by this process and kept in a home directory. */
public final class LocalEngine implements Engine {

  private final EngineConfig config;
  private final long journalBytesMax;
  private final Home home;
  private final KeptBuilds kept;
  private final Leftovers leftovers;
  private final Map<BuildId, BuildRun> runs = new ConcurrentHashMap<>();

  /**
   * An engine.
   *
   * @param journalBytesMax longest journal of a build
   */
  LocalEngine(EngineConfig config, long journalBytesMax) {
    this.config = config;
    this.journalBytesMax = journalBytesMax;
    this.home = Home.at(config.home());
    this.kept = new KeptBuilds(home, config.layers());
    this.leftovers = new Leftovers(home, config.workers());
  }

  /** An engine; nothing is opened or made before it is needed. */
  public static LocalEngine open(EngineConfig config) {
    return new LocalEngine(config, Journal.BYTES_MAX);
  }

  @Override
  public BuildPlan plan(BuildRequest request) throws InterruptedException {
    return Plans.of(request, config.sources().look(request.source()).branch());
  }

  @Override
  public List<Wish> refused(BuildRequest request, BuildPlan plan) {
    return Wishes.refused(plan, request.source().directory(), request.options().permissions());
  }

  @Override
  public BuildId submit(BuildRequest request) throws InterruptedException {
    SourceTrees.Origin origin = config.sources().look(request.source());
    BuildPlan plan = Plans.of(request, origin.branch());
    Wishes.requireNone(refused(request, plan));
    Runtimes.requireContainers(plan, request.options());
    BuildDirectory directory = home.newBuild();
    BuildLock lock = lock(directory);
    try {
      var stored =
          new StoredRequest(
              request.pipeline().file().value(),
              settled(request.source(), origin),
              origin.branch(),
              request.parameters(),
              request.environment(),
              request.stages(),
              names(request.secrets()),
              request.options());
      keep(directory, request.text(), stored);
      BuildLayers layers = config.layers().open(directory.build(), request.source().directory());
      try {
        StagePreparer.requireImages(plan, request.source(), layers);
        Journal journal = Journal.create(directory.journal(), journalBytesMax);
        run(
                directory,
                lock,
                plan,
                stored,
                request.secrets(),
                new BuildProgress(plan),
                journal,
                layers)
            .start();
      } catch (RuntimeException | InterruptedException e) {
        layers.release(List.of());
        throw e;
      }
    } catch (RuntimeException | InterruptedException e) {
      lock.close();
      home.discard(directory);
      throw e;
    }
    leftovers.sweep(request.options().execution());
    return directory.build();
  }

  /** A branch may move while the build goes on; the commit it was at does not. */
  private static SourceRequest settled(SourceRequest source, SourceTrees.Origin origin) {
    return switch (source) {
      case SourceRequest.WorkingTree tree -> tree;
      case SourceRequest.Commit commit ->
          new SourceRequest.Commit(
              commit.directory(), origin.commit() == null ? commit.revision() : origin.commit());
    };
  }

  private static void keep(BuildDirectory directory, String text, StoredRequest stored) {
    try {
      Files.writeString(directory.pipeline(), text);
    } catch (IOException e) {
      throw DiskFailures.of("keep the pipeline in", directory.pipeline(), e);
    }
    stored.write(directory.request());
  }

  private static List<String> names(List<Secret> secrets) {
    return secrets.stream().map(Secret::name).toList();
  }

  private static BuildLock lock(BuildDirectory directory) {
    return BuildLock.take(directory.lock())
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.BUILD_BUSY,
                "cannot carry build %s on: another process does. Watch it with 'stepbox logs"
                        .formatted(directory.build())
                    + " --follow %s'.".formatted(directory.build())));
  }

  @Override
  public void resume(BuildId build, List<Secret> secrets) throws InterruptedException {
    BuildDirectory directory = home.build(build);
    StoredRequest stored = StoredRequest.read(directory.request());
    requireSecrets(build, stored, secrets);
    requireSameValues(directory, secrets);
    takeOver(directory, stored, secrets, BuildRun::start);
  }

  @Override
  public void abandon(BuildId build, String by) throws InterruptedException {
    BuildDirectory directory = home.build(build);
    StoredRequest stored = StoredRequest.read(directory.request());
    takeOver(directory, stored, List.of(), run -> run.abandon(by));
  }

  private void takeOver(
      BuildDirectory directory,
      StoredRequest stored,
      List<Secret> secrets,
      Consumer<BuildRun> starting)
      throws InterruptedException {
    BuildPlan plan = Plans.of(directory, stored);
    BuildLock lock = lock(directory);
    try {
      Journal.Replayed replayed = Journal.reopen(directory.journal(), journalBytesMax);
      try {
        takeOver(directory, lock, plan, stored, secrets, replayed, starting);
      } catch (RuntimeException | InterruptedException e) {
        replayed.journal().close();
        throw e;
      }
    } catch (RuntimeException | InterruptedException e) {
      lock.close();
      throw e;
    }
  }

  private void takeOver(
      BuildDirectory directory,
      BuildLock lock,
      BuildPlan plan,
      StoredRequest stored,
      List<Secret> secrets,
      Journal.Replayed replayed,
      Consumer<BuildRun> starting)
      throws InterruptedException {
    BuildId build = directory.build();
    var progress = new BuildProgress(plan);
    replayed.events().forEach(progress::apply);
    requireUnfinished(build, plan, progress);
    BuildLayers layers = config.layers().open(build, stored.source().directory());
    BuildRun run =
        run(directory, lock, plan, stored, secrets, progress, replayed.journal(), layers);
    List<Input.Noticed> notices = Damage.of(plan, replayed, new StepLogs(directory.logs()));
    starting.accept(run);
    notices.forEach(run::feed);
  }

  private static void requireSecrets(BuildId build, StoredRequest stored, List<Secret> secrets) {
    Set<String> wanted = new TreeSet<>(stored.secrets());
    Set<String> given = new TreeSet<>(names(secrets));
    if (!wanted.equals(given)) {
      throw new EngineException(
          ErrorCode.INVALID_SECRET,
          "cannot carry build %s on: it was begun with the secrets %s, and %s were given. Give the"
                  .formatted(build, wanted, given)
              + " same ones with --secret.");
    }
  }

  private static void requireSameValues(BuildDirectory directory, List<Secret> secrets) {
    if (SecretsKept.areOthers(secrets, directory.secretProof())) {
      throw new EngineException(
          ErrorCode.INVALID_SECRET,
          ("cannot carry build %s on: the value of %s is not the one that the build was begun with."
                  + " Set the same value in the environment and try again.")
              .formatted(
                  directory.build(),
                  secrets.size() == 1
                      ? "secret " + secrets.getFirst().name()
                      : "one of the secrets " + new TreeSet<>(names(secrets))));
    }
  }

  private static void requireUnfinished(BuildId build, BuildPlan plan, BuildProgress progress) {
    String why = null;
    if (progress.finished() != null) {
      why = "it is finished. See 'stepbox show %s'.".formatted(build);
    } else if (progress.started() != null
        && !progress.started().planDigest().equals(plan.digest())) {
      why =
          "this version of Stepbox plans its pipeline in another way than version %s did. Use that."
              .formatted(progress.started().version());
    }
    if (why != null) {
      throw new EngineException(
          ErrorCode.BUILD_STATE, "cannot carry build %s on: %s".formatted(build, why));
    }
  }

  private BuildRun run(
      BuildDirectory directory,
      BuildLock lock,
      BuildPlan plan,
      StoredRequest stored,
      List<Secret> secrets,
      BuildProgress progress,
      Journal journal,
      BuildLayers layers) {
    BuildId build = directory.build();
    int parallel =
        stored.options().parallel() == 0 ? config.parallel() : stored.options().parallel();
    var machine =
        new BuildMachine(
            build,
            plan,
            progress,
            new Assignments(
                build,
                plan,
                stored.options(),
                secrets,
                origin(stored),
                Project.of(stored.source().directory())),
            config.clock(),
            parallel,
            config.version());
    var feed = new LiveFeed(directory.journal(), progress.nextSequence());
    var inbox = new Inbox();
    var shelf =
        new SourceShelf(
            config.sources(), layers, config.clock(), progress.checkouts().values(), inbox::put);
    var run =
        new BuildRun(
            new RunParts(
                build,
                plan,
                machine,
                new RunParts.Files(
                    directory,
                    journal,
                    new StepLogs(directory.logs()),
                    new CancelFile(directory.cancel()),
                    lock),
                new RunParts.Means(
                    layers,
                    new StagePreparer(
                        plan, layers, shelf, stored.source(), stored.options().permissions()),
                    SecretsKept.begin(secrets, directory.secretProof(), config.random())),
                new RunParts.Workplace(config.workers(), directory.places())),
            inbox,
            feed,
            () -> ended(directory, progress));
    runs.put(build, run);
    return run;
  }

  private void ended(BuildDirectory directory, BuildProgress progress) {
    runs.remove(directory.build());
    if (progress.finished() != null) {
      home.removeStashes(directory);
    }
  }

  private static SourceTrees.Origin origin(StoredRequest stored) {
    return switch (stored.source()) {
      case SourceRequest.WorkingTree _ -> new SourceTrees.Origin(null, stored.branch());
      case SourceRequest.Commit commit ->
          new SourceTrees.Origin(commit.revision(), stored.branch());
    };
  }

  @Override
  public void cancel(BuildId build, CancelMode mode, String by) {
    BuildRun run = runs.get(build);
    if (run != null) {
      run.feed(new Input.CancelAsked(mode, by));
      return;
    }
    BuildDirectory directory = home.build(build);
    if (BuildLock.isTaken(directory.lock())) {
      new CancelFile(directory.cancel()).write(mode, by);
    } else if (find(build).state() != BuildSummary.State.FINISHED) {
      throw new EngineException(
          ErrorCode.BUILD_STATE,
          "cannot stop build %s: no process carries it on. 'stepbox attach %s' does, and can be"
                  .formatted(build, build)
              + " stopped.");
    }
  }

  @Override
  public BuildSummary find(BuildId build) {
    return kept.find(build);
  }

  @Override
  public List<BuildSummary> builds() {
    return kept.builds();
  }

  @Override
  public void remove(BuildId build) throws InterruptedException {
    kept.remove(build, leftovers);
  }

  @Override
  public BuildsUsage usage() {
    return kept.usage();
  }

  @Override
  public BuildPlan planOf(BuildId build) {
    BuildRun run = runs.get(build);
    if (run != null) {
      return run.plan();
    }
    BuildDirectory directory = home.build(build);
    return Plans.of(directory, StoredRequest.read(directory.request()));
  }

  @Override
  public EventStream watch(BuildId build, long from) {
    BuildRun run = runs.get(build);
    return run != null ? run.watch(from) : new FileStream(home.build(build), from);
  }

  @Override
  public StepLog log(BuildId build, StepKey step) {
    return kept.log(build, planOf(build), step);
  }

  @Override
  public SequencedMap<StepKey, Usage> samples(BuildId build) {
    BuildRun run = runs.get(build);
    return run == null ? new LinkedHashMap<>() : run.samples();
  }

  @Override
  public List<Artifact> artifacts(BuildId build) {
    return kept.artifacts(build);
  }

  @Override
  public int export(BuildId build, String path, Path destination) {
    return kept.export(build, path, destination);
  }

  @Override
  public int exportWorkspace(BuildId build, String stage, String path, Path destination)
      throws InterruptedException {
    return kept.exportWorkspace(build, stage, path, destination);
  }

  @Override
  public void close() {
    for (BuildRun run : runs.values()) {
      run.letGo();
    }
    leftovers.await();
  }
}
