package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.SandboxSpec.Privileges;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.machine.MachineParts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the supervisor of a build is started with.
 *
 * @param socket where it listens
 * @param view the store and the directories of the host that it is shown
 * @param ids its id map
 * @param stepFiles a directory whose files and empty directories become the steps'; null for none
 * @param cgroup its cgroups
 * @param egress what connects the build's network to the outside, null for nothing
 * @param machines what virtual machines are made of, null when there are none
 * @param runtime what makes the containers of steps, null for the launcher
 * @param privileges the most that a step may ask for
 * @param chroots where steps are run without namespaces; null where they have some
 * @param slots sandboxes that it keeps ready
 * @param orphanTimeout how long it lives without an engine and without a step, in whole seconds;
 *     null for the launcher's default
 */
public record SupervisorPlan(
    Path socket,
    StoreView view,
    IdMap ids,
    @Nullable Path stepFiles,
    BuildCgroup cgroup,
    @Nullable Egress egress,
    @Nullable MachineParts machines,
    @Nullable RuntimeParts runtime,
    Privileges privileges,
    @Nullable Chroots chroots,
    int slots,
    @Nullable Duration orphanTimeout) {

  /**
   * Steps in chroots, each stage with a user of its own.
   *
   * @param directory below the store, where their roots are made
   * @param filesZero the id, of this machine, of files in the store that belong to id 0 of steps
   * @param firstUser the first of the ids that steps run as
   * @param users how many there are; each stage takes two
   */
  public record Chroots(Path directory, long filesZero, long firstUser, int users) {}

  /** A program that connects a network namespace to the outside without privilege. */
  public record Egress(Kind kind, Path program) {
    /** The programs that are known. */
    public enum Kind {
      PASTA("pasta"),
      SLIRP4NETNS("slirp4netns");

      private final String option;

      Kind(String option) {
        this.option = option;
      }

      /** The name of the program. */
      public String option() {
        return option;
      }
    }
  }

  /** The arguments of {@code stepbox-launcher}. */
  public List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("supervise"));
    add(arguments, "--socket", socket.toString());
    add(arguments, "--store", view.store().toString());
    for (Path directory : view.shown()) {
      add(
          arguments,
          "--bind",
          "%s:%s:ro,nosuid,nodev".formatted(directory, StoreView.hostName(directory)));
    }
    Chroots plain = chroots;
    if (plain == null) {
      addIds(arguments, ids);
    } else {
      add(arguments, "--chroots", view.inStore(plain.directory()));
      add(arguments, "--step-users", plain.firstUser() + ":" + plain.users());
      add(arguments, "--step-zero", Long.toString(plain.filesZero()));
    }
    Path files = stepFiles;
    if (files != null) {
      add(arguments, "--step-files", view.inStore(files));
    }
    addCgroups(arguments, cgroup);
    Egress outward = egress;
    if (outward != null) {
      add(arguments, "--egress", outward.kind().option());
      add(arguments, "--egress-program", outward.program().toString());
    }
    MachineParts parts = machines;
    if (parts != null) {
      add(arguments, "--emulator", parts.emulator().toString());
      add(arguments, "--file-server", parts.fileServer().toString());
      add(arguments, "--kvm", parts.kvm().toString());
      addLibraries(arguments, parts.libraries());
    }
    RuntimeParts through = runtime;
    if (through != null) {
      arguments.add("--runtime");
      add(arguments, "--bind", "%s:/host/runtime:ro,nosuid,nodev".formatted(through.directory()));
      addLibraries(arguments, through.libraries());
    }
    if (privileges == Privileges.SETUID_PROGRAMS) {
      arguments.add("--allow-new-privileges");
    }
    if (plain == null) {
      arguments.add("--borrow-proc");
    }
    add(arguments, "--slots", Integer.toString(slots));
    if (orphanTimeout != null) {
      add(arguments, "--orphan-timeout", Long.toString(orphanTimeout.toSeconds()));
    }
    return List.copyOf(arguments);
  }

  /**
   * The arguments of {@code stepbox-launcher} to try what a sandbox needs.
   *
   * @param store where overlays are tried, null for memory
   * @param kvm the device that machines are tried with
   */
  public static List<String> probeArguments(
      @Nullable Path store, IdMap ids, BuildCgroup cgroup, Path kvm) {
    List<String> arguments = new ArrayList<>(List.of("probe"));
    add(arguments, "--kvm", kvm.toString());
    if (store != null) {
      add(arguments, "--store", store.toString());
    }
    addIds(arguments, ids);
    addCgroups(arguments, cgroup);
    return List.copyOf(arguments);
  }

  private static void addLibraries(List<String> arguments, List<Path> libraries) {
    for (Path directory : libraries) {
      add(
          arguments,
          "--bind",
          "%s:/host/machine/%s:ro,nosuid,nodev".formatted(directory, directory.getFileName()));
    }
  }

  /** The arguments of {@code stepbox-launcher} to remove what a killed supervisor has left. */
  public static List<String> sweepArguments(IdMap ids, BuildCgroup cgroup) {
    List<String> arguments = new ArrayList<>(List.of("sweep"));
    addIds(arguments, ids);
    addCgroups(arguments, cgroup);
    return List.copyOf(arguments);
  }

  private static void addIds(List<String> arguments, IdMap ids) {
    add(arguments, "--id-map", ids.writer().option());
    ids.users().forEach(line -> add(arguments, "--map-uid", line.option()));
    ids.groups().forEach(line -> add(arguments, "--map-gid", line.option()));
    add(arguments, "--step-zero", Integer.toString(ids.stepZero()));
  }

  private static void addCgroups(List<String> arguments, BuildCgroup cgroup) {
    switch (cgroup.version()) {
      case NONE, WATCH -> {}
      case V1 -> add(arguments, "--cgroup", "v1");
      case V2 -> add(arguments, "--cgroup", "v2");
    }
    cgroup.directories().forEach((name, path) -> add(arguments, "--cgroup-dir", name + "=" + path));
    cgroup.supervisor().ifPresent(path -> add(arguments, "--own-cgroup", path.toString()));
  }

  private static void add(List<String> arguments, String option, String value) {
    arguments.add(option);
    arguments.add(value);
  }
}
