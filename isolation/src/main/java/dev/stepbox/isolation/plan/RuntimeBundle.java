package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.SandboxSpec.Terminal;
import dev.stepbox.isolation.plan.RunPlan.Identity;
import dev.stepbox.isolation.plan.RunPlan.Limits;
import dev.stepbox.isolation.plan.RunPlan.ProcessPlan;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The {@code config.json} of a step, as the OCI runtime specification 1.0.2 has it: what the
 * launcher does with a step of its own, in the words of a runtime.
 *
 * <p>The runtime makes the user, mount, host name, IPC and cgroup namespaces, changes the root,
 * fills {@code /dev}, and sets ids, capabilities, limits and the filter. It shares the pid and
 * network namespaces that the launcher has made around it, and their {@code /proc}, which is
 * covered already.
 */
final class RuntimeBundle {
  /** Where process 1 mounts the step's root; it alone and the runtime see it. */
  private static final String ROOT = "/root";

  private static final List<String> NAMESPACES = List.of("user", "mount", "uts", "ipc", "cgroup");

  /** What the launcher covers, too; crun does not take its covers along. */
  private static final List<String> MASKED =
      Stream.of(
              "acpi",
              "asound",
              "interrupts",
              "kallsyms",
              "kcore",
              "keys",
              "latency_stats",
              "sched_debug",
              "scsi",
              "timer_list",
              "timer_stats")
          .map(name -> "/proc/" + name)
          .toList();

  private static final List<String> PROTECTED =
      Stream.of("bus", "fs", "irq", "sys", "sysrq-trigger").map(name -> "/proc/" + name).toList();

  private static final List<String> LIMITS =
      List.of(
          "CPU",
          "FSIZE",
          "DATA",
          "STACK",
          "CORE",
          "RSS",
          "NPROC",
          "NOFILE",
          "MEMLOCK",
          "AS",
          "LOCKS",
          "SIGPENDING",
          "MSGQUEUE",
          "NICE",
          "RTPRIO",
          "RTTIME");

  private final IdMap ids;

  RuntimeBundle(IdMap ids) {
    this.ids = ids;
  }

  /** The whole file. */
  String configuration(
      ProcessPlan process, Identity identity, Limits limits, @Nullable Terminal terminal) {
    return new JsonText()
        .object(config ->
            config
                .field("ociVersion", "1.0.2")
                .object("process", out -> process(out, process, identity, limits, terminal))
                .object("root", root -> root.field("path", ROOT))
                .field("hostname", process.hostName())
                .array("mounts", RuntimeBundle::mounts)
                .object("linux", this::linux))
        .toString();
  }

  private static void process(
      JsonText out,
      ProcessPlan process,
      Identity identity,
      Limits limits,
      @Nullable Terminal terminal) {
    out.field("terminal", terminal != null);
    if (terminal != null) {
      out.object(
          "consoleSize",
          size -> size.field("height", terminal.rows()).field("width", terminal.columns()));
    }
    out.object(
        "user",
        user ->
            user.field("uid", identity.uid())
                .field("gid", identity.gid())
                .field("umask", process.umask())
                .array("additionalGids", groups -> identity.groups().forEach(groups::number)));
    out.array("args", process.arguments()).array("env", process.environment());
    out.field("cwd", process.workingDirectory());
    List<String> bounding = Capabilities.names(identity.capabilities());
    List<String> held = identity.uid() == 0 ? bounding : List.of();
    out.object(
        "capabilities",
        sets ->
            sets.array("bounding", bounding)
                .array("effective", held)
                .array("permitted", held)
                .array("inheritable", List.of())
                .array("ambient", List.of()));
    out.array(
        "rlimits",
        each ->
            limits
                .resources()
                .forEach(limit ->
                    each.object(one ->
                        one.field("type", "RLIMIT_" + LIMITS.get(limit.resource()))
                            .field("soft", limit.soft())
                            .field("hard", limit.hard()))));
    out.field("noNewPrivileges", identity.noNewPrivileges());
    out.field("oomScoreAdj", limits.oomScore());
  }

  private static void mounts(JsonText out) {
    mount(out, "/proc", "bind", "/proc", "rbind", "nosuid", "noexec", "nodev");
    mount(out, "/dev", "tmpfs", "tmpfs", "nosuid", "noexec", "mode=755", "size=64k");
    mount(
        out,
        "/dev/pts",
        "devpts",
        "devpts",
        "nosuid",
        "noexec",
        "newinstance",
        "ptmxmode=0666",
        "mode=0620");
    mount(out, "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=64m");
  }

  private static void mount(
      JsonText out, String target, String type, String source, String... options) {
    out.object(mount ->
        mount
            .field("destination", target)
            .field("type", type)
            .field("source", source)
            .array("options", List.of(options)));
  }

  private void linux(JsonText out) {
    out.array(
        "namespaces",
        all -> NAMESPACES.forEach(kind -> all.object(one -> one.field("type", kind))));
    out.array("uidMappings", lines -> map(lines, ids.users()));
    out.array("gidMappings", lines -> map(lines, ids.groups()));
    out.array("maskedPaths", MASKED);
    out.array("readonlyPaths", PROTECTED);
    out.json("seccomp", SeccompRules.DEFAULT);
  }

  /** The ids of steps, as the supervisor has them: those from {@link IdMap#stepZero()} on. */
  private void map(JsonText out, List<IdMap.Line> lines) {
    for (IdMap.Line line : lines) {
      int first = Math.max(line.inside(), ids.stepZero());
      int count = line.inside() + line.count() - first;
      if (count > 0) {
        out.object(one ->
            one.field("containerID", first - ids.stepZero())
                .field("hostID", first)
                .field("size", count));
      }
    }
  }
}
