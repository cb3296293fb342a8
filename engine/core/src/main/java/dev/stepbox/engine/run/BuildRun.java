package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.BuildPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one build on: a thread that takes inputs from a queue, asks the {@link BuildMachine}, and
 * does what it says, in that order. Nothing else writes the journal or talks to the worker.
 */
final class BuildRun {

  private static final Logger LOG = LoggerFactory.getLogger(BuildRun.class);

  /** How long a demand to stop from another process, or a timeout, may go unheard. */
  private static final long TICK_MILLIS = 100;

  private final Inbox inbox;
  private final Set<Thread> preparing = ConcurrentHashMap.newKeySet();
  private final RunParts parts;
  private final LiveFeed feed;
  private final BuildDisk disk;
  private final Runnable onEnd;
  private final Thread thread;
  private boolean isAbandoned;
  private boolean hasEnded;
  private volatile boolean isLetGo;
  private volatile @Nullable EngineException broken;
  private volatile @Nullable WorkerLink link;

  /**
   * A run that is not started.
   *
   * @param onEnd called when it carries the build on no more
   */
  BuildRun(RunParts parts, Inbox inbox, LiveFeed feed, Runnable onEnd) {
    this.parts = parts;
    this.inbox = inbox;
    this.feed = feed;
    this.onEnd = onEnd;
    this.disk =
        new BuildDisk(
            parts.files().directory(),
            parts.files().journal(),
            parts.files().logs(),
            parts.means().layers(),
            failure -> broken = failure);
    this.thread =
        Thread.ofPlatform().name("build-" + parts.build()).daemon().unstarted(this::carryOn);
  }

  /** Records that the build has begun, so that it can be found, and goes on in its own thread. */
  void start() {
    start(parts.machine()::begin);
  }

  /** Records that the build is to end, and ends it in its own thread. */
  void abandon(String by) {
    isAbandoned = true;
    start(() -> parts.machine().abandon(by));
  }

  private void start(Supplier<List<Effect>> beginning) {
    try {
      apply(beginning.get());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    thread.start();
  }

  /** Give it an input; for any thread. */
  void feed(Input input) {
    inbox.put(input);
  }

  EventStream watch(long from) {
    return feed.subscribe(from);
  }

  BuildPlan plan() {
    return parts.plan();
  }

  /** What the steps that run use. */
  SequencedMap<StepKey, Usage> samples() {
    WorkerLink present = link;
    return present == null ? new LinkedHashMap<>() : present.samples(parts.plan());
  }

  /** Stop carrying the build on, without ending it, and wait. */
  void letGo() {
    isLetGo = true;
    WorkerLink present = link;
    if (present != null) {
      present.end();
    }
    inbox.wake();
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void carryOn() {
    try {
      connect();
      if (!isAbandoned) {
        startSource();
      }
      while (!isLetGo && !parts.machine().isOver()) {
        Input input = inbox.take(TICK_MILLIS);
        EngineException failure = broken;
        if (failure != null) {
          throw failure;
        }
        if (input != null && !isLetGo) {
          apply(parts.machine().on(held(input)));
        }
        if (inbox.isEmpty()) {
          apply(parts.machine().on(new Input.Tick()));
          hearDemand();
        }
      }
      if (hasEnded) {
        release();
      }
    } catch (EngineException e) {
      giveUp(e);
    } catch (InterruptedException e) {
      LOG.debug("build {} is let go", parts.build());
    } catch (RuntimeException | Error e) {
      giveUp(defect(e));
    } finally {
      close();
    }
  }

  /** An error of the machine, such as one without memory, is to be told, too. */
  private static EngineException defect(Throwable e) {
    return new EngineException(
        ErrorCode.INTERNAL, "cannot go on: %s. Please report this.".formatted(e), e);
  }

  /** A worker is met when there is first something to say, or right after the begin. */
  private WorkerLink connect() throws InterruptedException {
    WorkerLink present = link;
    if (present != null) {
      return present;
    }
    Transport<ToWorker, FromWorker> transport = parts.workplace().connect();
    var made =
        new WorkerLink(
            "build-%s-worker".formatted(parts.build()),
            transport,
            parts.files().logs(),
            this::feed,
            failure -> broken = failure);
    link = made;
    made.start();
    return made;
  }

  private void startSource() {
    onItsOwn(
        "source",
        true,
        () -> {
          try {
            parts.means().preparer().takeOwnSource();
          } catch (EngineException e) {
            // The first stage that asks for the tree tells.
            LOG.debug("build {} has no source", parts.build(), e);
          } catch (InterruptedException e) {
            LOG.debug("build {} stops taking its source", parts.build());
          }
        });
  }

  /** What a stage left behind is kept before anybody can build on it. */
  private Input held(Input input) {
    if (input instanceof Input.Told told
        && told.message() instanceof FromWorker.StageFinished finished
        && finished.snapshot() != null) {
      try {
        parts.means().layers().hold(finished.snapshot());
      } catch (EngineException e) {
        return new Input.Told(
            new FromWorker.StageFinished(
                finished.attempt(),
                StageResult.ERRORED,
                e.getMessage(),
                AgentErrorCode.STORE_FAILED,
                null,
                finished.elapsed()),
            0);
      }
    }
    return input;
  }

  private void hearDemand() {
    parts
        .files()
        .cancelFile()
        .take()
        .ifPresent(
            demand -> apply(parts.machine().on(new Input.CancelAsked(demand.mode(), demand.by()))));
  }

  private void apply(List<Effect> effects) {
    int done = 0;
    try {
      for (Effect effect : effects) {
        switch (effect) {
          case Effect.Append recorded -> record(recorded.event());
          case Effect.Send sent -> send(sent.message());
          case Effect.Prepare wanted -> prepare(wanted.stage());
          case Effect.End _ -> {}
        }
        done++;
      }
    } catch (EngineException e) {
      // Those who watch hear of every event, also of those that the journal could not take.
      for (Effect effect : effects.subList(done, effects.size())) {
        if (effect instanceof Effect.Append lost) {
          feed.publish(lost.event());
        }
      }
      throw e;
    }
  }

  private void record(BuildEvent event) {
    boolean isEnd = event instanceof BuildEvent.BuildFinished;
    if (isEnd && !haveResults()) {
      return;
    }
    parts.files().journal().append(event);
    if (isEnd) {
      disk.syncEnd();
      hasEnded = true;
    }
    feed.publish(event);
    switch (event) {
      case BuildEvent.BuildStarted _, BuildEvent.StageFinished _ -> disk.request();
      case BuildEvent.BuildCancelling _ -> preparing.forEach(Thread::interrupt);
      default -> {}
    }
  }

  /** Whether what the end tells of is on disk; not when the build is let go meanwhile. */
  private boolean haveResults() {
    try {
      disk.finishResults();
      return true;
    } catch (InterruptedException e) {
      isLetGo = true;
      return false;
    }
  }

  private void send(ToWorker message) {
    if (message instanceof ToWorker.ReleaseBuild) {
      disk.beginResults();
    }
    try {
      if (message instanceof ToWorker.RunStage || message instanceof ToWorker.ResumeStage) {
        parts.means().secrets().await();
      }
      sendBy(connect(), message);
    } catch (InterruptedException e) {
      isLetGo = true;
    }
  }

  /** What this thread is to hear it does not put where it would wait for itself. */
  private void sendBy(WorkerLink present, ToWorker message) throws InterruptedException {
    Input gone = present.send(message);
    if (gone != null) {
      inbox.putOwn(gone);
    }
  }

  private void prepare(StageProgress stage) {
    var order = StagePreparer.Order.of(parts.machine().progress(), stage, parts.files().logs());
    onItsOwn("prepare", stage.base() == null, () -> feed(parts.means().preparer().prepare(order)));
  }

  /**
   * Work on a thread of its own.
   *
   * @param isIdle whether nobody wants its result any more once the build is being stopped
   */
  private void onItsOwn(String what, boolean isIdle, Runnable work) {
    Thread worker =
        Thread.ofPlatform()
            .daemon()
            .name("build-%s-%s".formatted(parts.build(), what))
            .unstarted(() -> {
              try {
                work.run();
              } catch (RuntimeException | Error e) {
                // What it was to bring is waited for.
                broken = defect(e);
              } finally {
                preparing.remove(Thread.currentThread());
              }
            });
    if (isIdle) {
      preparing.add(worker);
    }
    worker.start();
  }

  /**
   * The end is told to those who watch. Where the disk is at fault it is not recorded, and steps
   * that run are left alone: when there is room again, the build can be carried on. A journal that
   * is full lacks an event that the end rests on, so that build is left alone, too, to be stopped.
   */
  private void giveUp(EngineException cause) {
    LOG.error("build {} cannot go on", parts.build(), cause);
    boolean canGoOn =
        switch (cause.code()) {
          case NO_SPACE, HOME_UNUSABLE, LIMIT_EXCEEDED -> true;
          default -> false;
        };
    List<Effect> left = parts.machine().breakOff(advised(cause, canGoOn));
    if (!canGoOn) {
      releaseNow();
    }
    for (Effect effect : left) {
      switch (effect) {
        case Effect.Append recorded -> {
          if (!canGoOn) {
            parts.files().journal().append(recorded.event());
          }
          feed.publish(recorded.event());
        }
        case Effect.Send _, Effect.Prepare _, Effect.End _ -> {}
      }
    }
  }

  /** Has the worker end everything of the build, before anybody is told that it is over. */
  private void releaseNow() {
    WorkerLink present = link;
    if (present == null) {
      return;
    }
    try {
      if (!present.release(parts.build(), inbox, BuildMachine.LAST_WORD_MAX)) {
        LOG.warn("the worker of build {} has not released it", parts.build());
      }
    } catch (InterruptedException e) {
      LOG.warn("build {} is released in a hurry", parts.build(), e);
    }
  }

  private EngineException advised(EngineException cause, boolean canGoOn) {
    String advice =
        cause.code() == ErrorCode.LIMIT_EXCEEDED
            ? "%s 'stepbox cancel %s' ends what is left of this one."
            : "%s Then 'stepbox attach %s' carries the build on.";
    String told = advice.formatted(cause.getMessage(), parts.build());
    return canGoOn ? new EngineException(cause.code(), told, cause) : cause;
  }

  private void release() throws InterruptedException {
    parts.means().layers().release(parts.machine().progress().snapshots());
  }

  /** All of it is closed, whatever goes wrong with one part; the right to the build comes last. */
  private void close() {
    inbox.close();
    preparing.forEach(Thread::interrupt);
    guarded(this::closeLink);
    guarded(disk::finish);
    guarded(parts.files().logs()::close);
    guarded(parts.files().journal()::close);
    guarded(feed::end);
    guarded(onEnd::run);
    guarded(parts.files().lock()::close);
  }

  private void closeLink() throws InterruptedException {
    WorkerLink present = link;
    if (present != null) {
      present.close();
    }
  }

  private interface Closing {
    void run() throws InterruptedException;
  }

  private void guarded(Closing closing) {
    try {
      closing.run();
    } catch (RuntimeException e) {
      LOG.warn("build {} was not closed well", parts.build(), e);
    } catch (InterruptedException e) {
      LOG.warn("build {} was closed in a hurry", parts.build(), e);
    }
  }
}
