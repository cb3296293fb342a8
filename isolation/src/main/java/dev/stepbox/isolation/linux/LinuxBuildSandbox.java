package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.StepReport;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.linux.PendingCall.Answer;
import dev.stepbox.isolation.plan.RunPlanner;
import dev.stepbox.isolation.plan.StageMounts.Surroundings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The engine's end of a supervisor. */
final class LinuxBuildSandbox
    implements BuildSandbox, LauncherClient.Listener, LinuxStep.Connection {
  /** How long a supervisor may take to make itself known, and to end a build. */
  static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  private final RunDirectory directory;
  private final SupervisorRecord supervisor;
  private final RunPlanner planner;
  private final StageRoots roots;
  private final Map<String, LinuxStep> steps = new ConcurrentSkipListMap<>();
  private final Duration answerMax;
  private final End end;
  private @Nullable LauncherClient client;
  private @Nullable LinuxTrees trees;
  private boolean isOver;

  /**
   * The end of a supervisor that is known; {@link #connect} comes next.
   *
   * @param boot makes what virtual machines boot
   * @param answerMax {@link #ANSWER_MAX}, but in tests
   * @param end removes the cgroups of the build and what is known of them
   */
  LinuxBuildSandbox(
      RunDirectory directory,
      SupervisorRecord supervisor,
      RunPlanner planner,
      Surroundings surroundings,
      Boot boot,
      Duration answerMax,
      End end) {
    this.directory = directory;
    this.supervisor = supervisor;
    this.planner = planner;
    this.roots =
        new StageRoots(
            new RootRegister(directory.roots()), supervisor, surroundings, boot, this::send);
    this.answerMax = answerMax;
    this.end = end;
  }

  /** What is left to do when there is no supervisor any more. */
  interface End {
    void removeCgroups() throws InterruptedException;
  }

  /** Connects, and takes over the steps that are known. */
  void connect() throws IOException, InterruptedException {
    LauncherClient connected = LauncherClient.connect(supervisor.socket(), this);
    synchronized (this) {
      client = connected;
      trees = new LinuxTrees(this::send, supervisor.view(), supervisor.ids());
    }
    FrameReader hello = done(send(Wire.HELLO, Messages.hello()), SandboxErrorCode.PROTOCOL);
    long version = hello.u32();
    if (version != Wire.VERSION) {
      throw FrameReader.broken("it speaks version %d of the protocol".formatted(version));
    }
  }

  /** Whether there is a supervisor that can be told to end. */
  synchronized boolean isConnected() {
    return client != null;
  }

  /** Takes over what steps an earlier engine has left. */
  void adoptSteps() throws InterruptedException {
    FrameReader running = done(send(Wire.LIST_STEPS, new FrameWriter()), SandboxErrorCode.PROTOCOL);
    int bytesMin = 32;
    running.list(
        bytesMin,
        each -> {
          LinuxStep step = register(each.str());
          each.str();
          each.u32();
          each.u32();
          step.started(each.u64());
          each.u64();
          return step;
        });
    for (String name : recordedSteps()) {
      Optional<ExitBody> record = ExitBody.read(directory.exit(name));
      if (record.isPresent()) {
        register(name).ended(record.get().toExit(cgroupFiles()));
      } else if (!steps.containsKey(name)) {
        register(name)
            .ended(
                new SandboxExit.Lost(
                    "the engine died before the step had started", StepReport.UNKNOWN));
      }
    }
  }

  private LinuxStep register(String name) {
    return steps.computeIfAbsent(name, _ -> new LinuxStep(name, directory.output(name), this));
  }

  private List<String> recordedSteps() {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> records = Files.newDirectoryStream(directory.steps())) {
      records.forEach(record -> names.add(String.valueOf(record.getFileName())));
    } catch (IOException e) {
      throw RunDirectory.unusable("list", directory.steps(), e);
    }
    return names;
  }

  // ---- what the supervisor says

  @Override
  public void exited(ExitBody body) {
    LinuxStep step = steps.get(body.step());
    if (step != null) {
      step.ended(body.toExit(cgroupFiles()));
    }
  }

  @Override
  public void lost(SandboxException why) {
    try {
      if (SupervisorProcess.goesOn(supervisor.pid())) {
        steps.values().forEach(LinuxStep::letGo);
        return;
      }
    } catch (InterruptedException ignored) {
      // Nobody knows the reading thread, so nobody interrupts it; and then the records decide.
    }
    loseSteps(why);
  }

  private void loseSteps(SandboxException why) {
    steps.values().stream()
        .filter(step -> !step.hasEnded())
        .forEach(step -> step.lost(why, directory));
  }

  // ---- the contract

  @Override
  public List<Announcement> announcements() {
    return roots.announcements();
  }

  @Override
  public StageRoot mountRoot(RootSpec spec) throws InterruptedException {
    return roots.mount(spec);
  }

  @Override
  public void unmount(StageRoot root) throws InterruptedException {
    roots.unmount(root);
  }

  @Override
  public List<StageRoot> roots() {
    return roots.mounted();
  }

  @Override
  public RunningSandbox start(StageRoot root, SandboxSpec spec) throws InterruptedException {
    RootRegister.Root mounted = roots.get(root);
    FrameWriter body =
        Messages.run(
            mounted.hasMachine()
                ? planner.planGuest(spec, mounted.number(), mounted.writes())
                : planner.plan(spec, mounted.number(), mounted.writes()));
    LinuxStep step = new LinuxStep(spec.step(), directory.output(spec.step()), this);
    if (steps.putIfAbsent(spec.step(), step) != null) {
      throw new SandboxException(
          SandboxErrorCode.INVALID_REQUEST, "step '%s' was started before".formatted(spec.step()));
    }
    PendingCall call;
    try {
      call = send(Wire.RUN, body);
    } catch (SandboxException e) {
      steps.remove(spec.step());
      throw e;
    }
    switch (call.await()) {
      case Answer.Done done -> {
        done.body().str();
        step.started(done.body().u64());
      }
      case Answer.Refused refused -> notStarted(step, refused.refusal());
    }
    return step;
  }

  private void notStarted(LinuxStep step, Refusal refusal) {
    switch (refusal.code()) {
      case Wire.CODE_SETUP, Wire.CODE_EXEC ->
          step.ended(
              new SandboxExit.NotStarted(
                  refusal.operation(), refusal.errno(), refusal.message(), StepReport.UNKNOWN));
      default -> {
        steps.remove(step.step());
        throw refusal.toException(SandboxErrorCode.INVALID_REQUEST);
      }
    }
  }

  @Override
  public List<RunningSandbox> steps() {
    return List.copyOf(steps.values());
  }

  @Override
  public Optional<RunningSandbox> step(String step) {
    return Optional.ofNullable(steps.get(step));
  }

  @Override
  public void forget(String step) throws InterruptedException {
    LinuxStep known = steps.get(step);
    if (known != null && !known.hasEnded()) {
      throw new SandboxException(
          SandboxErrorCode.INVALID_REQUEST, "step '%s' still runs".formatted(step));
    }
    trees().remove(directory.steps().resolve(step));
    steps.remove(step);
  }

  @Override
  public synchronized IdMappedTrees trees() {
    LinuxTrees connected = trees;
    if (connected == null) {
      throw new IllegalStateException("not connected");
    }
    return connected;
  }

  @Override
  public synchronized void detach() {
    if (!isOver && client != null) {
      client.close();
    }
    isOver = true;
    steps.values().forEach(LinuxStep::letGo);
  }

  @Override
  public void close() {
    synchronized (this) {
      if (isOver) {
        return;
      }
    }
    try {
      PendingCall call = send(Wire.SHUTDOWN, new FrameWriter().u64(0));
      toTheEnd(() -> {
        if (call.await(answerMax).isEmpty()) {
          kill();
        }
        return true;
      });
    } catch (SandboxException e) {
      if (e.code() != SandboxErrorCode.SUPERVISOR_LOST) {
        throw e;
      }
    } finally {
      endSteps();
      detach();
      toTheEnd(() -> {
        end.removeCgroups();
        return true;
      });
    }
  }

  /** A supervisor that does not answer is ended from outside. */
  private void kill() throws InterruptedException {
    supervisor.cgroup().kill();
    SupervisorProcess.kill(supervisor.pid(), supervisor.socket());
  }

  /** Those of which no end was heard were killed with the supervisor. */
  private void endSteps() {
    loseSteps(new SandboxException(SandboxErrorCode.SUPERVISOR_LOST, "the build was ended"));
  }

  /** Does what must not be left half done, and keeps an interruption for later. */
  private static <T> void toTheEnd(Interruptible<T> work) {
    boolean isInterrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          work.go();
          return;
        } catch (InterruptedException ignored) {
          // Told again below, when the work is done.
          isInterrupted = true;
        }
      }
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private interface Interruptible<T> {
    T go() throws InterruptedException;
  }

  // ---- requests

  @Override
  public PendingCall send(int type, FrameWriter body) {
    LauncherClient connected;
    synchronized (this) {
      connected = client;
      if (connected == null || isOver) {
        throw new SandboxException(
            SandboxErrorCode.SUPERVISOR_LOST, "this engine has let go of the build's supervisor");
      }
    }
    return connected.send(type, body);
  }

  @Override
  public CgroupFiles cgroupFiles() {
    return supervisor.cgroup().files();
  }

  private FrameReader done(PendingCall call, SandboxErrorCode code) throws InterruptedException {
    Answer answer =
        call.await(answerMax)
            .orElseThrow(() ->
                new SandboxException(
                    SandboxErrorCode.SUPERVISOR_LOST,
                    "the supervisor of the build, process %d, has not answered within %d s"
                        .formatted(supervisor.pid(), answerMax.toSeconds())));
    return switch (answer) {
      case Answer.Done done -> done.body();
      case Answer.Refused refused -> throw refused.refusal().toException(code);
    };
  }
}
