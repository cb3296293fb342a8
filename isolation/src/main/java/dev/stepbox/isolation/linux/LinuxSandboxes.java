package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.Cap;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.IsolationRequest.Machines;
import dev.stepbox.isolation.IsolationRequest.Work;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.cgroup.CgroupHome;
import dev.stepbox.isolation.cgroup.UserScope;
import dev.stepbox.isolation.host.DoctorReport;
import dev.stepbox.isolation.host.HostFiles;
import dev.stepbox.isolation.host.IdMaps;
import dev.stepbox.isolation.host.RuntimeFinder;
import dev.stepbox.isolation.machine.BootFiles;
import dev.stepbox.isolation.machine.MachineParts;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.RunPlanner;
import dev.stepbox.isolation.plan.RunPlanner.NestingParts;
import dev.stepbox.isolation.plan.RuntimeParts;
import dev.stepbox.isolation.plan.StageMounts.Surroundings;
import dev.stepbox.isolation.plan.StoreView;
import dev.stepbox.isolation.plan.SupervisorPlan;
import dev.stepbox.isolation.plan.SupervisorPlan.Egress;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Real sandboxes, made by the launcher. */
public final class LinuxSandboxes implements Sandboxes {
  /** Sandboxes that a supervisor keeps ready: one for each of two stages that run side by side. */
  private static final int SLOTS = 2;

  /** What virtual machines boot is kept in this directory of the store. */
  private static final String MACHINES = "machines";

  private final Settings settings;
  private final CgroupRegister register;

  /**
   * What the program that uses sandboxes knows.
   *
   * @param host the machine, as this process sees it
   * @param launcherDirectory where the launcher is copied to; must not be mounted with noexec
   * @param runtimeDirectory for sockets whose path would be too long elsewhere; made if absent
   * @param architecture the system property {@code os.arch}
   * @param orphanTimeout how long a build without an engine and without a running step is kept
   *     ready; null for the launcher's default
   */
  public record Settings(
      HostFiles host,
      Path launcherDirectory,
      Path runtimeDirectory,
      String architecture,
      @Nullable Duration orphanTimeout) {}

  /** Sandboxes of this machine. */
  public LinuxSandboxes(Settings settings) {
    this.settings = settings;
    this.register = new CgroupRegister(settings.launcherDirectory().resolve("cgroups"));
  }

  /** Tries and explains what this machine offers, for a store in this directory. */
  public DoctorReport examine(Path store) throws InterruptedException {
    return new LauncherProbe(settings, register).examine(store);
  }

  @Override
  public BuildSandbox open(IsolationRequest request) throws InterruptedException {
    try {
      return open(request, false);
    } catch (SandboxException e) {
      boolean isRealRoot = IdMaps.isRealRoot(settings.host().idFacts());
      LauncherProbe probe = new LauncherProbe(settings, register);
      if (!ChrootLevel.isLast(e, isRealRoot, () -> probe.probe(request.store()))) {
        throw e;
      }
      ChrootLevel.requireAllowed(request, e);
      return open(request, true);
    }
  }

  private BuildSandbox open(IsolationRequest request, boolean inChroots)
      throws InterruptedException {
    RunDirectory directory = new RunDirectory(request.runDirectory());
    HostFiles host = settings.host();
    List<Announcement> announcements = new ArrayList<>();
    IdMap ids = IdMaps.choose(host.idFacts());
    if (ids.ids() == 1) {
      announcements.add(Announcements.SINGLE_ID);
    }
    boolean runsSteps = request.work() == Work.STEPS;
    CgroupHome home = runsSteps ? home(inChroots) : new CgroupHome.None("no step runs");
    announcements.addAll(unenforced(request, home));
    if (inChroots && runsSteps) {
      announcements.addAll(ChrootLevel.announcements(request));
    }
    Optional<Egress> egress = inChroots ? Optional.empty() : egress(request, announcements);
    MachineParts machines = null;
    if (request.machines() == Machines.USED) {
      machines = host.machineFinder().require();
      boot(request.store()).files();
    }

    OciRuntime asked = request.runtime();
    RuntimeParts runtime = asked == null ? null : host.runtimeFinder().require(asked);
    if (runtime != null) {
      announcements.add(Announcements.ofRuntime(runtime));
    }

    directory.create();
    Adoption adoption = Adoption.of(ids);
    register.enter(directory, BuildCgroup.in(home, directory.uniqueName()));
    BuildCgroup cgroup = BuildCgroup.create(home, directory.uniqueName(), adoption.owner());
    LinuxBuildSandbox sandbox = null;
    try {
      if (runsSteps) {
        prepare(directory, ids, egress);
      }
      // What a supervisor had mounted that died in this directory, this one has not.
      Files.deleteIfExists(directory.roots());
      adoption.adopt(directory.path());
      SupervisorPlan plan =
          new SupervisorPlan(
              socket(directory),
              view(request),
              ids,
              runsSteps ? directory.overrides() : null,
              cgroup,
              egress.orElse(null),
              machines,
              runtime,
              request.privileges(),
              inChroots ? ChrootLevel.plan(directory.chroots(), ids) : null,
              runsSteps && !inChroots ? SLOTS : 0,
              settings.orphanTimeout());
      StatusLine ready = start(plan, home, directory);
      BuildCgroup used =
          home instanceof CgroupHome.Scope scope
              ? UserScope.cgroup(scope, settings.host().cgroupOf(ready.field("pid")))
              : cgroup;
      swap(request, used).ifPresent(announcements::add);
      if (runsSteps && ready.field("proc").equals("borrowed")) {
        RuntimeFinder.refuseBorrowedProc(asked);
        announcements.add(Announcements.BORROWED_PROC);
      }
      if (runsSteps && !inChroots && ready.field("name").equals("borrowed")) {
        announcements.add(Announcements.BORROWED_NAME);
      }
      SupervisorRecord supervisor =
          new SupervisorRecord(
              Long.parseLong(ready.field("pid")),
              plan.socket(),
              plan.view(),
              ids,
              used,
              runtime,
              announcements);
      supervisor.write(directory.record());
      sandbox = sandbox(directory, supervisor);
      sandbox.connect();
      return sandbox;
    } catch (RuntimeException | InterruptedException e) {
      giveUp(directory, sandbox, cgroup);
      throw e;
    } catch (IOException e) {
      giveUp(directory, sandbox, cgroup);
      throw RunDirectory.unusable("prepare", directory.path(), e);
    }
  }

  private CgroupHome home(boolean inChroots) {
    return inChroots ? new CgroupHome.Watch() : settings.host().cgroupFinder().find();
  }

  private StatusLine start(SupervisorPlan plan, CgroupHome home, RunDirectory directory)
      throws InterruptedException {
    Path launcher = LauncherBinary.in(settings.launcherDirectory(), settings.architecture());
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(plan.arguments());
    if (home instanceof CgroupHome.Scope scope) {
      return SupervisorStart.start(
          UserScope.prefix(scope, directory.uniqueName()),
          settings.host().busEnvironment(),
          command,
          directory.log(),
          SupervisorStart.START_MAX,
          settings.host()::namespaceAdvice);
    }
    return SupervisorStart.start(
        List.of(),
        Map.of(),
        command,
        directory.log(),
        SupervisorStart.START_MAX,
        settings.host()::namespaceAdvice);
  }

  private void giveUp(
      RunDirectory directory, @Nullable LinuxBuildSandbox sandbox, BuildCgroup cgroup)
      throws InterruptedException {
    if (sandbox != null && sandbox.isConnected()) {
      sandbox.close();
    } else {
      // It may run, and nobody has a connection to it.
      SupervisorProcess.killAt(directory.socket(settings.runtimeDirectory()));
      cgroup.remove();
      register.leave(directory);
    }
  }

  private static List<Announcement> unenforced(IsolationRequest request, CgroupHome home) {
    Set<Cap> missing = new TreeSet<>(request.caps());
    missing.removeAll(home.enforceable());
    if (missing.isEmpty()) {
      return List.of();
    }
    String names =
        missing.stream()
            .map(cap -> cap.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    String reason =
        home instanceof CgroupHome.None none
            ? none.reason()
            : "the controllers for them are not delegated to this user";
    return switch (request.unenforcedCaps()) {
      case REFUSE ->
          throw new SandboxException(
              SandboxErrorCode.CAP_NOT_ENFORCEABLE,
              ("cannot enforce the caps on %s: %s. 'stepbox doctor' tells how to get them; or run"
                      + " with --allow-unenforced-caps.")
                  .formatted(names, reason));
      case ANNOUNCE ->
          List.of(
              new Announcement(
                  "unenforced-caps", "the caps on %s do not hold: %s".formatted(names, reason)));
    };
  }

  private Optional<Announcement> swap(IsolationRequest request, BuildCgroup cgroup) {
    boolean isForgotten =
        request.caps().contains(Cap.MEMORY)
            && cgroup.files().forgetsSwap()
            && settings.host().hasSwap();
    return isForgotten
        ? Optional.of(
            new Announcement(
                "swap-not-capped",
                "the caps on memory leave out what is swapped out, because this kernel does not"
                    + " count swap: boot with 'swapaccount=1', or switch swap off"))
        : Optional.empty();
  }

  private Optional<Egress> egress(IsolationRequest request, List<Announcement> announcements) {
    if (!request.networks().contains(NetworkMode.BUILD)) {
      return Optional.empty();
    }
    Optional<Egress> egress = settings.host().egress();
    if (egress.isEmpty()) {
      announcements.add(
          new Announcement(
              "no-egress",
              "steps reach nothing outside of the build, because there is no pasta, no slirp4netns"
                  + " or no access to /dev/net/tun: 'stepbox doctor' tells the remedy"));
    }
    return egress;
  }

  private StoreView view(IsolationRequest request) {
    return switch (request.hostImage()) {
      case HIDDEN -> new StoreView(request.store(), List.of());
      case SHOWN -> new StoreView(request.store(), settings.host().hostDirectories());
    };
  }

  private Path socket(RunDirectory directory) {
    Path socket = directory.socket(settings.runtimeDirectory());
    try {
      if (!socket.startsWith(directory.path())) {
        RuntimeDirectory.make(settings.runtimeDirectory());
      }
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      throw RunDirectory.unusable("make a socket at", socket, e);
    }
    return socket;
  }

  private void prepare(RunDirectory directory, IdMap ids, Optional<Egress> egress)
      throws IOException {
    String resolver = egress.map(each -> Resolver.of(each.kind())).orElse("");
    new OverrideFiles(directory.overrides(), resolver).make();
    Files.writeString(directory.hostResolver(), settings.host().resolver());
    Files.setAttribute(directory.hostResolver(), "unix:mode", 0644);
    Files.writeString(directory.subordinateIds(), NestingParts.subordinateIds(ids.ids()));
    Files.setAttribute(directory.subordinateIds(), "unix:mode", 0644);
  }

  private Boot boot(Path store) {
    return () ->
        BootFiles.in(
            store.resolve(MACHINES),
            settings.host().machineFinder().require().kernel(),
            LauncherBinary.in(settings.launcherDirectory(), settings.architecture()));
  }

  private LinuxBuildSandbox sandbox(RunDirectory directory, SupervisorRecord supervisor) {
    HostFiles host = settings.host();
    Surroundings surroundings =
        new Surroundings(supervisor.view(), OverrideFiles.layers(directory.overrides()));
    RunPlanner planner =
        new RunPlanner(
            new RunPlanner.Machine(
                supervisor.view(),
                supervisor.ids(),
                supervisor.cgroup().files(),
                host.openFilesMax(),
                directory.steps(),
                supervisor.cgroup().version() == Version.WATCH ? directory.chroots() : null,
                directory.hostResolver(),
                supervisor.runtime(),
                new NestingParts(directory.subordinateIds(), host.hasTun())));
    return new LinuxBuildSandbox(
        directory,
        supervisor,
        planner,
        surroundings,
        boot(supervisor.view().store()),
        LinuxBuildSandbox.ANSWER_MAX,
        () -> removeCgroups(supervisor, directory));
  }

  private void removeCgroups(SupervisorRecord supervisor, RunDirectory directory)
      throws InterruptedException {
    CgroupSweep.remove(settings, supervisor);
    register.leave(directory);
  }

  @Override
  public Optional<BuildSandbox> reattach(Path runDirectory) throws InterruptedException {
    RunDirectory directory = new RunDirectory(runDirectory);
    Optional<SupervisorRecord> supervisor = SupervisorRecord.read(directory.record());
    if (supervisor.isEmpty()
        || !Files.exists(supervisor.get().socket(), LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    LinuxBuildSandbox sandbox = sandbox(directory, supervisor.get());
    try {
      sandbox.connect();
      sandbox.adoptSteps();
    } catch (ConnectException ignored) {
      // Nobody listens: the name of the socket is all that is left of the supervisor.
      return Optional.empty();
    } catch (IOException e) {
      sandbox.detach();
      Path socket = supervisor.get().socket();
      if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
      throw RunDirectory.unusable("connect to the supervisor at", socket, e);
    } catch (SandboxException e) {
      sandbox.detach();
      boolean isDying =
          e.code() == SandboxErrorCode.SUPERVISOR_LOST
              && !SupervisorProcess.goesOn(supervisor.get().pid());
      if (isDying) {
        return Optional.empty();
      }
      throw e;
    } catch (InterruptedException e) {
      sandbox.detach();
      throw e;
    }
    return Optional.of(sandbox);
  }

  @Override
  public Optional<SandboxExit> recordedExit(Path runDirectory, String step) {
    RunDirectory directory = new RunDirectory(runDirectory);
    return SupervisorRecord.read(directory.record())
        .flatMap(supervisor ->
            ExitBody.read(directory.exit(step))
                .map(body -> body.toExit(supervisor.cgroup().files())));
  }

  @Override
  public Path recordedOutput(Path runDirectory, String step) {
    return new RunDirectory(runDirectory).output(step);
  }

  @Override
  public void sweep(Path runDirectory) throws InterruptedException {
    RunDirectory directory = new RunDirectory(runDirectory);
    Optional<SupervisorRecord> supervisor = SupervisorRecord.read(directory.record());
    if (supervisor.isEmpty()) {
      register.sweep();
      return;
    }
    try {
      reattach(runDirectory).ifPresent(BuildSandbox::close);
    } catch (SandboxException ignored) {
      // It lives, and does not obey: what is not asked of it is done to it.
      supervisor.get().cgroup().kill();
      SupervisorProcess.kill(supervisor.get().pid(), supervisor.get().socket());
    }
    removeCgroups(supervisor.get(), directory);
    try {
      Files.deleteIfExists(supervisor.get().socket());
    } catch (IOException e) {
      throw RunDirectory.unusable("remove the socket", supervisor.get().socket(), e);
    }
  }
}
