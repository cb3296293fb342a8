package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.SandboxSpec.Terminal;
import dev.stepbox.isolation.TreeChange;
import dev.stepbox.isolation.cgroup.CgroupFiles.FileName;
import dev.stepbox.isolation.plan.MachinePlan;
import dev.stepbox.isolation.plan.MountOperation;
import dev.stepbox.isolation.plan.RunPlan;
import dev.stepbox.isolation.plan.RunPlan.Identity;
import dev.stepbox.isolation.plan.RunPlan.Limits;
import dev.stepbox.isolation.plan.RunPlan.ProcessPlan;
import dev.stepbox.isolation.plan.RunPlan.RuntimePlan;
import java.util.List;

/** Writes plans as bodies of the launcher's requests. */
final class Messages {
  private static final int MOUNT_OVERLAY = 1;
  private static final int MOUNT_TMPFS = 2;
  private static final int MOUNT_BIND = 3;
  private static final int MOUNT_MKDIR = 4;
  private static final int MOUNT_FILE = 6;
  private static final int MOUNT_CGROUP = 7;

  private static final int TREE_MKDIR = 1;
  private static final int TREE_OWNER = 2;
  private static final int TREE_MODE = 3;
  private static final int TREE_TIMES = 4;
  private static final int TREE_WHITEOUT = 5;
  private static final int TREE_FIFO = 6;
  private static final int TREE_XATTR = 9;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private Messages() {}

  static FrameWriter hello() {
    return new FrameWriter().u32(Wire.VERSION).str("stepbox");
  }

  static FrameWriter mountRoot(int root, List<MountOperation> operations) {
    return new FrameWriter().u32(root).list(operations, Messages::mount);
  }

  static FrameWriter startMachine(MachinePlan plan) {
    FrameWriter out = new FrameWriter().u32(plan.root()).str(plan.kernel()).str(plan.initial());
    out.u32(plan.processors()).u64(plan.memoryBytes()).u32(network(plan.network()));
    out.u64(plan.bootTimeoutMillis());
    return out.list(
        plan.cgroupWrites(),
        (each, write) -> each.str(write.hierarchy()).str(write.file()).str(write.value()));
  }

  static FrameWriter run(RunPlan plan) {
    ProcessPlan process = plan.process();
    Identity identity = plan.identity();
    Limits limits = plan.limits();
    FrameWriter out = new FrameWriter();
    out.str(plan.step()).str(plan.record()).u32(plan.root()).list(plan.mounts(), Messages::mount);
    out.str(process.hostName()).str(process.workingDirectory());
    out.strings(process.arguments()).strings(process.environment());
    out.u32(identity.uid())
        .u32(identity.gid())
        .list(identity.groups(), (each, group) -> each.u32(group));
    out.u64(identity.capabilities()).u32(flags(plan));
    out.list(
        limits.resources(),
        (each, limit) -> each.u32(limit.resource()).u64(limit.soft()).u64(limit.hard()));
    out.u32(process.umask()).str(identity.seccomp()).u32(network(plan.network()));
    Terminal terminal = plan.terminal();
    out.u32(terminal == null ? 0 : terminal.rows()).u32(terminal == null ? 0 : terminal.columns());
    out.u64(limits.timeoutMillis()).u64(limits.graceMillis()).u64(limits.outputBytes());
    out.strings(limits.diskDirectories())
        .strings(limits.cacheDirectories())
        .u64(limits.diskBytes())
        .u64(limits.diskFiles());
    out.u32(limits.oomScore());
    out.list(
        plan.cgroup().writes(),
        (each, write) -> each.str(write.hierarchy()).str(write.file()).str(write.value()));
    out.list(plan.cgroup().reads(), Messages::fileName);
    RuntimePlan runtime = plan.runtime();
    return runtime == null ? out : out.strings(runtime.command()).str(runtime.configuration());
  }

  private static int flags(RunPlan plan) {
    int flags = plan.identity().noNewPrivileges() ? Wire.RUN_NO_NEW_PRIVILEGES : 0;
    flags |= plan.runtime() == null ? 0 : Wire.RUN_BY_RUNTIME;
    flags |= plan.identity().nesting() ? Wire.RUN_NESTING : 0;
    return plan.terminal() == null ? flags : flags | Wire.RUN_TERMINAL;
  }

  private static int network(NetworkMode mode) {
    return switch (mode) {
      case NONE -> 0;
      case BUILD -> 1;
      case HOST -> 2;
    };
  }

  static void fileName(FrameWriter out, FileName name) {
    out.str(name.hierarchy()).str(name.file());
  }

  private static void mount(FrameWriter out, MountOperation operation) {
    switch (operation) {
      case MountOperation.Overlay overlay ->
          out.u8(MOUNT_OVERLAY)
              .str(overlay.target())
              .strings(overlay.lowers())
              .str(overlay.upper())
              .str(overlay.work())
              .u32(MountOperation.bits(overlay.flags()));
      case MountOperation.Tmpfs tmpfs ->
          out.u8(MOUNT_TMPFS)
              .str(tmpfs.target())
              .u64(tmpfs.bytes())
              .u64(0)
              .u32(tmpfs.mode())
              .u32(MountOperation.bits(tmpfs.flags()));
      case MountOperation.Bind bind ->
          out.u8(MOUNT_BIND)
              .str(bind.source())
              .str(bind.target())
              .u32(MountOperation.bits(bind.flags()));
      case MountOperation.Directory directory ->
          out.u8(MOUNT_MKDIR).str(directory.path()).u32(directory.mode());
      case MountOperation.Cgroup cgroup ->
          out.u8(MOUNT_CGROUP).str(cgroup.target()).strings(cgroup.controllers());
      case MountOperation.TextFile file ->
          out.u8(MOUNT_FILE).str(file.path()).u32(file.mode()).str(file.content());
    }
  }

  static void change(FrameWriter out, TreeChange change) {
    switch (change) {
      case TreeChange.Owner owner ->
          kind(out, TREE_OWNER, change).u32(owner.uid()).u32(owner.gid());
      case TreeChange.Mode mode -> kind(out, TREE_MODE, change).u32(mode.mode());
      case TreeChange.Modified modified ->
          kind(out, TREE_TIMES, change)
              .u64(modified.seconds() * NANOS_PER_SECOND + modified.nanos());
      case TreeChange.Attribute attribute ->
          kind(out, TREE_XATTR, change).str(attribute.name()).raw(attribute.rawValue());
      case TreeChange.Directory directory -> kind(out, TREE_MKDIR, change).u32(directory.mode());
      case TreeChange.Whiteout _ -> kind(out, TREE_WHITEOUT, change);
      case TreeChange.Opaque _ -> kind(out, TREE_XATTR, change).str("user.overlay.opaque").str("y");
      case TreeChange.Pipe pipe -> kind(out, TREE_FIFO, change).u32(pipe.mode());
    }
  }

  private static FrameWriter kind(FrameWriter out, int kind, TreeChange change) {
    return out.u8(kind).raw(change.path());
  }
}
