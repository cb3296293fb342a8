package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.cgroup.CgroupFiles.FileName;
import dev.stepbox.isolation.cgroup.CgroupFiles.Write;
import dev.stepbox.isolation.plan.RunPlan.ResourceLimit;
import java.util.List;

/** Writes plans as lines that a diff shows well. */
final class PlanText {
  private PlanText() {}

  static String of(RunPlan plan) {
    StringBuilder text = new StringBuilder();
    line(text, "step", plan.step());
    line(text, "record", plan.record());
    line(text, "root", plan.root());
    text.append(of(plan.mounts()));
    line(text, "host name", plan.process().hostName());
    line(text, "working directory", plan.process().workingDirectory());
    plan.process().arguments().forEach(word -> line(text, "argument", word));
    plan.process().environment().forEach(variable -> line(text, "environment", variable));
    line(text, "umask", Integer.toOctalString(plan.process().umask()));
    line(text, "user", plan.identity().uid() + ":" + plan.identity().gid());
    line(text, "groups", plan.identity().groups());
    line(text, "capabilities", "0x" + Long.toHexString(plan.identity().capabilities()));
    line(text, "no new privileges", plan.identity().noNewPrivileges());
    line(text, "seccomp", plan.identity().seccomp());
    line(text, "nesting", plan.identity().nesting());
    line(text, "network", plan.network());
    line(text, "terminal", String.valueOf(plan.terminal()));
    line(text, "timeout", plan.limits().timeoutMillis() + " ms");
    line(text, "grace", plan.limits().graceMillis() + " ms");
    line(text, "output", plan.limits().outputBytes() + " bytes");
    plan.limits().diskDirectories().forEach(path -> line(text, "disk", path));
    plan.limits().cacheDirectories().forEach(path -> line(text, "disk of a cache", path));
    line(text, "disk", plan.limits().diskBytes() + " bytes");
    line(text, "disk", plan.limits().diskFiles() + " files");
    line(text, "oom score", plan.limits().oomScore());
    for (ResourceLimit limit : plan.limits().resources()) {
      line(text, "rlimit " + limit.resource(), limit.soft() + " " + limit.hard());
    }
    for (Write write : plan.cgroup().writes()) {
      line(text, "write " + write.hierarchy(), write.file() + " = " + write.value());
    }
    for (FileName name : plan.cgroup().reads()) {
      line(text, "read " + name.hierarchy(), name.file());
    }
    return text.toString();
  }

  static String of(List<MountOperation> operations) {
    StringBuilder text = new StringBuilder();
    for (MountOperation operation : operations) {
      switch (operation) {
        case MountOperation.Overlay overlay -> {
          line(text, "overlay", "/" + overlay.target() + " " + overlay.flags());
          overlay.lowers().forEach(lower -> line(text, "  lower", lower));
          line(text, "  upper", overlay.upper());
          line(text, "  work", overlay.work());
        }
        case MountOperation.Tmpfs tmpfs ->
            line(
                text,
                "tmpfs",
                "/%s %d bytes 0%o %s"
                    .formatted(tmpfs.target(), tmpfs.bytes(), tmpfs.mode(), tmpfs.flags()));
        case MountOperation.Bind bind ->
            line(
                text, "bind", "%s to /%s %s".formatted(bind.source(), bind.target(), bind.flags()));
        case MountOperation.Directory directory ->
            line(text, "directory", "/%s 0%o".formatted(directory.path(), directory.mode()));
        case MountOperation.Cgroup cgroup ->
            line(text, "cgroup", "/%s %s".formatted(cgroup.target(), cgroup.controllers()));
        case MountOperation.TextFile file ->
            line(
                text,
                "file",
                "/%s 0%o %s".formatted(file.path(), file.mode(), file.content().strip()));
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String key, Object value) {
    text.append(key).append(": ").append(value).append('\n');
  }
}
