package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.MachineSpec;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.linux.PendingCall.Answer;
import dev.stepbox.isolation.plan.MachinePlan;
import dev.stepbox.isolation.plan.StageMounts;
import dev.stepbox.isolation.plan.StageMounts.Surroundings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The roots of a build's stages, and what became known of the machine when they were mounted. Safe
 * for several threads.
 */
final class StageRoots {
  private final RootRegister roots;
  private final SupervisorRecord supervisor;
  private final Surroundings surroundings;
  private final Boot boot;
  private final LinuxTrees.Sender sender;
  private final List<Announcement> announcements;

  /**
   * The roots of a build.
   *
   * @param roots those that are mounted
   * @param boot makes what virtual machines boot
   * @param sender of requests to the supervisor
   */
  StageRoots(
      RootRegister roots,
      SupervisorRecord supervisor,
      Surroundings surroundings,
      Boot boot,
      LinuxTrees.Sender sender) {
    this.roots = roots;
    this.supervisor = supervisor;
    this.surroundings = surroundings;
    this.boot = boot;
    this.sender = sender;
    this.announcements = new CopyOnWriteArrayList<>(supervisor.announcements());
  }

  List<Announcement> announcements() {
    return List.copyOf(announcements);
  }

  List<StageRoot> mounted() {
    return roots.mounted();
  }

  /** A mounted root. */
  RootRegister.Root get(StageRoot root) {
    return roots.get(root.name());
  }

  /** Mounts a root and, where its steps want one, starts the machine in which they run. */
  StageRoot mount(RootSpec spec) throws InterruptedException {
    int sharedRoot = 0;
    List<Path> sharedWrites = List.of();
    if (spec.workspace() instanceof Workspace.SharedWith shared) {
      RootRegister.Root other = roots.get(shared.other().name());
      sharedRoot = other.number();
      sharedWrites = other.workspaceWrites();
    }
    StageMounts mounts = StageMounts.of(spec, surroundings, sharedRoot, sharedWrites);
    int number = roots.nextNumber();
    roots.add(
        spec.name(),
        new RootRegister.Root(
            number,
            mounts.writes(),
            StageMounts.workspaceWrites(spec, sharedWrites),
            spec.machine() != null));
    PendingCall call =
        sender.send(Wire.MOUNT_ROOT, Messages.mountRoot(number, mounts.operations()));
    switch (call.await()) {
      case Answer.Done _ -> {}
      case Answer.Refused refused -> {
        roots.remove(spec.name());
        throw refused.refusal().toException(SandboxErrorCode.MOUNT_FAILED);
      }
    }
    learnEgress();
    StageRoot root = new StageRoot(spec.name());
    MachineSpec machine = spec.machine();
    if (machine != null) {
      startMachine(root, number, machine);
    }
    return root;
  }

  private void startMachine(StageRoot root, int number, MachineSpec spec)
      throws InterruptedException {
    MachinePlan plan =
        MachinePlan.of(number, spec, boot.files(), supervisor.view(), supervisor.cgroup().files());
    switch (sender.send(Wire.START_MACHINE, Messages.startMachine(plan)).await()) {
      case Answer.Done done -> Announcements.ofMachine(done.body().u32()).ifPresent(this::announce);
      case Answer.Refused refused -> {
        unmount(root);
        throw refused.refusal().toException(SandboxErrorCode.MOUNT_FAILED);
      }
    }
  }

  /**
   * A build without a way out is better than none, when it is said. It can also go while one runs.
   */
  private void learnEgress() throws InterruptedException {
    switch (sender.send(Wire.EGRESS, new FrameWriter()).await()) {
      case Answer.Done _ -> {}
      case Answer.Refused refused ->
          announce(
              new Announcement(
                  "no-egress",
                  "steps reach nothing outside of the build: "
                      + refused
                          .refusal()
                          .toException(SandboxErrorCode.NETWORK_UNAVAILABLE)
                          .getMessage()));
    }
  }

  private void announce(Announcement announcement) {
    if (!announcements.contains(announcement)) {
      announcements.add(announcement);
    }
  }

  /** Unmounts a root; nothing happens to one that is not mounted. */
  void unmount(StageRoot root) throws InterruptedException {
    RootRegister.Root mounted = roots.find(root.name());
    if (mounted == null) {
      return;
    }
    FrameWriter body = new FrameWriter().u32(mounted.number());
    switch (sender.send(Wire.UNMOUNT_ROOT, body).await()) {
      case Answer.Done _ -> {}
      case Answer.Refused refused -> {
        if (refused.refusal().code() != Wire.CODE_NOT_FOUND) {
          throw refused.refusal().toException(SandboxErrorCode.MOUNT_FAILED);
        }
      }
    }
    roots.remove(root.name());
  }
}
