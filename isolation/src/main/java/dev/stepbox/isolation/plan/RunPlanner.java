package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.BindMount;
import dev.stepbox.isolation.BindMount.Access;
import dev.stepbox.isolation.Cap;
import dev.stepbox.isolation.Caps;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.SandboxSpec.Nesting;
import dev.stepbox.isolation.SandboxSpec.Privileges;
import dev.stepbox.isolation.StepFile;
import dev.stepbox.isolation.StepUser;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.plan.MountOperation.Flag;
import dev.stepbox.isolation.plan.RunPlan.CgroupPlan;
import dev.stepbox.isolation.plan.RunPlan.Identity;
import dev.stepbox.isolation.plan.RunPlan.Limits;
import dev.stepbox.isolation.plan.RunPlan.ProcessPlan;
import dev.stepbox.isolation.plan.RunPlan.ResourceLimit;
import dev.stepbox.isolation.plan.RunPlan.RuntimePlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Plans steps. A pure function of what a step asks for and of what was found on this machine when
 * the build began; safe for use by several threads.
 */
public final class RunPlanner {
  /** The host name inside. */
  public static final String HOST_NAME = "stepbox";

  private static final int UMASK = 0022;
  private static final int MODE_TMP = 01777;
  private static final int MODE_DIRECTORY = 0755;

  /** The kernel looks for something to kill among steps before it looks at the engine. */
  private static final int OOM_SCORE = 500;

  /** What steps can write to in a chroot, beside a directory that is empty for each of them. */
  private static final List<String> OUTLIVING =
      List.of("workspace", "var/tmp", "dev/shm", "run", "root");

  private static final int RLIMIT_FSIZE = 1;
  private static final int RLIMIT_DATA = 2;
  private static final int RLIMIT_CORE = 4;
  private static final int RLIMIT_NPROC = 6;

  /** No file is that small; and with 0 the kernel still starts a program of the host for each. */
  private static final int CORE_BYTES = 1;

  private static final int RLIMIT_NOFILE = 7;
  private static final long OPEN_FILES_SOFT = 16 * 1024;
  private static final long OPEN_FILES_HARD = 1024 * 1024;

  /** Of the memory that a process has asked for, much is never used. */
  private static final long DATA_PER_MEMORY = 4;

  private static final Set<Flag> IN_MEMORY = EnumSet.of(Flag.NOSUID, Flag.NODEV);

  private final Machine machine;

  /**
   * What was found on this machine.
   *
   * @param view names of directories
   * @param idMap which ids are mapped
   * @param cgroupFiles the files of a step's cgroup
   * @param openFilesMax what this process may raise the number of open files to
   * @param records directory of the steps' records
   * @param chroots where the roots of stages are directories; null where they are mounted
   * @param hostResolver a file with the host's own name servers, for {@code network: host}
   * @param runtime what makes the containers of steps, null for the launcher
   * @param nesting for steps with nesting
   */
  public record Machine(
      StoreView view,
      IdMap idMap,
      CgroupFiles cgroupFiles,
      long openFilesMax,
      Path records,
      @Nullable Path chroots,
      Path hostResolver,
      @Nullable RuntimeParts runtime,
      NestingParts nesting) {
    int ids() {
      return idMap.ids();
    }
  }

  /**
   * What a step with nesting is given.
   *
   * @param subordinateIds a file that gives its root all ids but that of root itself
   * @param hasTun whether there is a {@code /dev/net/tun} to show
   */
  public record NestingParts(Path subordinateIds, boolean hasTun) {
    /** The text of that file, where steps have so many ids. */
    public static String subordinateIds(int ids) {
      return "root:1:%d\n".formatted(Math.max(0, ids - 1));
    }
  }

  /** Plans for one machine and one build. */
  public RunPlanner(Machine machine) {
    this.machine = machine;
  }

  /**
   * Plans a step.
   *
   * @param root number of the root that it runs in
   * @param writes where that root writes to
   */
  public RunPlan plan(SandboxSpec spec, int root, List<Path> writes) {
    if (machine.chroots() != null && spec.nesting() == Nesting.ALLOWED) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          ("cannot let step '%s' make containers itself ('nesting: true'): it runs in a chroot"
                  + " (level L1), and no namespaces can be had here. 'stepbox doctor' tells how to"
                  + " get them.")
              .formatted(spec.step()));
    }
    RunPlan plan = plan(spec, root, writes, machine.cgroupFiles(), machine.nesting().hasTun());
    RuntimeParts runtime = machine.runtime();
    return runtime == null ? plan : through(runtime, plan);
  }

  /**
   * The same for a root that has a virtual machine, in which caps are set by cgroups of its own.
   */
  public RunPlan planGuest(SandboxSpec spec, int root, List<Path> writes) {
    return plan(spec, root, writes, CgroupFiles.guest(), false);
  }

  /** The configuration of the runtime has command and environment, so they are not sent twice. */
  private RunPlan through(RuntimeParts runtime, RunPlan plan) {
    ProcessPlan process = plan.process();
    String configuration =
        new RuntimeBundle(machine.idMap())
            .configuration(process, plan.identity(), plan.limits(), plan.terminal());
    return new RunPlan(
        plan.step(),
        plan.record(),
        plan.root(),
        plan.mounts(),
        new ProcessPlan(
            process.hostName(),
            process.workingDirectory(),
            process.arguments().subList(0, 1),
            List.of(),
            process.umask()),
        plan.identity(),
        plan.network(),
        plan.terminal(),
        plan.limits(),
        plan.cgroup(),
        new RuntimePlan(runtime.command(plan.terminal() != null), configuration));
  }

  private RunPlan plan(
      SandboxSpec spec, int root, List<Path> writes, CgroupFiles files, boolean hasTun) {
    List<MountOperation> mounts = mounts(spec);
    switch (spec.nesting()) {
      case NONE -> {}
      case ALLOWED ->
          mounts.addAll(
              NestingMounts.of(
                  machine.view().inStore(machine.nesting().subordinateIds()), hasTun, files));
    }
    return new RunPlan(
        spec.step(),
        machine.view().inStore(machine.records().resolve(spec.step())),
        root,
        mounts,
        process(spec),
        identity(spec),
        spec.network(),
        spec.terminal(),
        machine.chroots() == null ? limits(spec, writes) : limitsInChroot(spec, root),
        new CgroupPlan(files.writes(spec.caps()), files.reads()),
        null);
  }

  private static ProcessPlan process(SandboxSpec spec) {
    List<String> environment = new ArrayList<>();
    spec.environment().forEach((name, value) -> environment.add(name + "=" + value));
    return new ProcessPlan(HOST_NAME, spec.workingDirectory(), spec.command(), environment, UMASK);
  }

  private Identity identity(SandboxSpec spec) {
    StepUser user = spec.user();
    boolean isOutside =
        user.uid() >= machine.ids()
            || user.gid() >= machine.ids()
            || user.groups().stream().anyMatch(group -> group >= machine.ids());
    if (isOutside) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          "cannot run step '%s' as user %d, group %d: only %d ids are mapped. Give this user a"
                  .formatted(spec.step(), user.uid(), user.gid(), machine.ids())
              + " subordinate id range: 'stepbox doctor' tells how.");
    }
    return new Identity(
        user.uid(),
        user.gid(),
        user.groups(),
        Capabilities.STEP,
        spec.privileges() == Privileges.NO_NEW_PRIVILEGES,
        switch (spec.nesting()) {
          case NONE -> "default";
          case ALLOWED -> "nesting";
        },
        spec.nesting() == Nesting.ALLOWED);
  }

  /**
   * What a step can fill is a directory for itself, and what outlives it: of that only the growth
   * counts. The kernel's own limits are a second line behind the watch.
   */
  private Limits limitsInChroot(SandboxSpec spec, int root) {
    Path directory = Objects.requireNonNull(machine.chroots()).resolve(Integer.toString(root));
    Limits usual = limits(spec, List.of(directory.resolve("tmp")));
    Caps caps = spec.caps();
    List<ResourceLimit> limits = new ArrayList<>(usual.resources());
    if (caps.pids() != null) {
      limits.add(new ResourceLimit(RLIMIT_NPROC, caps.pids(), caps.pids()));
    }
    if (caps.diskBytes() != null) {
      limits.add(new ResourceLimit(RLIMIT_FSIZE, caps.diskBytes(), caps.diskBytes()));
    }
    if (caps.memoryBytes() != null) {
      long data = caps.memoryBytes() * DATA_PER_MEMORY;
      limits.add(new ResourceLimit(RLIMIT_DATA, data, data));
    }
    return new Limits(
        usual.timeoutMillis(),
        usual.graceMillis(),
        usual.outputBytes(),
        usual.diskDirectories(),
        caps.diskBytes() == null
            ? List.of()
            : OUTLIVING.stream()
                .map(place -> machine.view().inStore(directory.resolve(place)))
                .toList(),
        usual.diskBytes(),
        usual.diskFiles(),
        usual.oomScore(),
        limits);
  }

  private Limits limits(SandboxSpec spec, List<Path> writes) {
    Caps caps = spec.caps();
    Duration timeout = spec.timeout();
    boolean isMeasured = caps.limited().contains(Cap.DISK);
    List<String> measured =
        isMeasured ? writes.stream().map(machine.view()::inStore).toList() : List.of();
    List<String> caches =
        isMeasured
            ? spec.mounts().stream()
                .filter(mount -> mount.access() == Access.READ_WRITE)
                .map(mount -> machine.view().inStore(mount.source()))
                .toList()
            : List.of();
    return new Limits(
        timeout == null ? 0 : Math.max(1, timeout.toMillis()),
        spec.grace().toMillis(),
        spec.outputLimitBytes(),
        measured,
        caches,
        Objects.requireNonNullElse(caps.diskBytes(), 0L),
        Objects.requireNonNullElse(caps.diskFiles(), 0L),
        OOM_SCORE,
        List.of(
            new ResourceLimit(RLIMIT_CORE, CORE_BYTES, CORE_BYTES),
            new ResourceLimit(
                RLIMIT_NOFILE,
                Math.min(OPEN_FILES_SOFT, machine.openFilesMax()),
                Math.min(OPEN_FILES_HARD, machine.openFilesMax()))));
  }

  // ---- mounts

  private List<MountOperation> mounts(SandboxSpec spec) {
    List<MountOperation> mounts = new ArrayList<>();
    long memory = Objects.requireNonNullElse(spec.caps().memoryBytes(), 0L);
    mounts.add(new MountOperation.Tmpfs("tmp", memory / 2, MODE_TMP, IN_MEMORY));
    if (spec.files().stream().anyMatch(file -> file.path().startsWith("/run/"))) {
      mounts.add(new MountOperation.Tmpfs("run", memory / 2, MODE_DIRECTORY, IN_MEMORY));
    }
    addFiles(mounts, spec.files());
    if (spec.network() == NetworkMode.HOST) {
      mounts.add(
          new MountOperation.Bind(
              machine.view().inStore(machine.hostResolver()),
              "etc/resolv.conf",
              EnumSet.of(Flag.READ_ONLY, Flag.NOSUID, Flag.NODEV)));
    }
    spec.mounts().forEach(mount -> mounts.add(bind(mount)));
    return mounts;
  }

  private static void addFiles(List<MountOperation> mounts, List<StepFile> files) {
    Set<String> parents = new TreeSet<>();
    for (StepFile file : files) {
      String path = file.path().substring(1);
      for (int slash = path.indexOf('/', path.indexOf('/') + 1);
          slash >= 0;
          slash = path.indexOf('/', slash + 1)) {
        if (parents.add(path.substring(0, slash))) {
          mounts.add(new MountOperation.Directory(path.substring(0, slash), MODE_DIRECTORY));
        }
      }
      mounts.add(new MountOperation.TextFile(path, file.mode(), file.content()));
    }
  }

  private MountOperation bind(BindMount mount) {
    EnumSet<Flag> flags = EnumSet.of(Flag.NOSUID, Flag.NODEV, Flag.MAKE);
    if (mount.access() == Access.READ_ONLY) {
      flags.add(Flag.READ_ONLY);
    }
    return new MountOperation.Bind(
        machine.view().inStore(mount.source()), mount.target().substring(1), flags);
  }
}
