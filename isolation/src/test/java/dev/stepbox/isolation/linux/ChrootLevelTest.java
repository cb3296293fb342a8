package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.IsolationRequest.Chroots;
import dev.stepbox.isolation.IsolationRequest.Machines;
import dev.stepbox.isolation.IsolationRequest.Work;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxSpec.Privileges;
import dev.stepbox.isolation.host.Probe;
import dev.stepbox.isolation.host.Probe.Result;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When steps run in chroots, and what is said then. */
class ChrootLevelTest {
  private static SandboxException refusal() {
    return new SandboxException(SandboxErrorCode.CANNOT_ISOLATE, "no namespace.");
  }

  private static List<Probe> probes(Result namespace, Result chroot) {
    return List.of(
        new Probe("user-namespace", namespace, "0", ""), new Probe("chroot", chroot, "0", ""));
  }

  private static IsolationRequest.Builder request() {
    return IsolationRequest.in(Path.of("/store/run"), Path.of("/store"));
  }

  @Test
  void chrootsAreLeftOnlyWhereNoNamespaceCanBeHad() throws InterruptedException {
    assertThat(ChrootLevel.isLast(refusal(), true, () -> probes(Result.NO, Result.YES))).isTrue();
    assertThat(ChrootLevel.isLast(refusal(), true, () -> probes(Result.YES, Result.YES))).isFalse();
    assertThat(ChrootLevel.isLast(refusal(), true, () -> probes(Result.NO, Result.NO))).isFalse();
    assertThat(ChrootLevel.isLast(refusal(), true, List::of)).isFalse();
  }

  @Test
  void onlyRealRootMakesThem() throws InterruptedException {
    assertThat(ChrootLevel.isLast(refusal(), false, () -> probes(Result.NO, Result.YES))).isFalse();
  }

  @Test
  void whatIsNotAboutTheMachineIsNoReasonForThem() throws InterruptedException {
    SandboxException other = new SandboxException(SandboxErrorCode.OUT_OF_RESOURCES, "full.");
    assertThat(ChrootLevel.isLast(other, true, () -> probes(Result.NO, Result.YES))).isFalse();
  }

  @Test
  void withoutLeaveTheRefusalStaysAndNamesTheOption() {
    assertThatThrownBy(() -> ChrootLevel.requireAllowed(request().build(), refusal()))
        .hasMessageContainingAll("no namespace.", "--allow-chroot", "isolates less")
        .hasFieldOrPropertyWithValue("code", SandboxErrorCode.CANNOT_ISOLATE);
    IsolationRequest allowed = request().chroots(Chroots.ALLOW).build();
    assertThatCode(() -> ChrootLevel.requireAllowed(allowed, refusal())).doesNotThrowAnyException();
  }

  @Test
  void workOnFilesNeedsNoLeave() {
    IsolationRequest files = request().work(Work.FILES).build();
    assertThatCode(() -> ChrootLevel.requireAllowed(files, refusal())).doesNotThrowAnyException();
  }

  @Test
  void machinesRuntimesAndSetuidProgramsAreRefused() {
    IsolationRequest runtime = request().chroots(Chroots.ALLOW).runtime(OciRuntime.CRUN).build();
    assertThatThrownBy(() -> ChrootLevel.requireAllowed(runtime, refusal()))
        .hasMessageContaining("through 'crun'");
    IsolationRequest machines = request().chroots(Chroots.ALLOW).machines(Machines.USED).build();
    assertThatThrownBy(() -> ChrootLevel.requireAllowed(machines, refusal()))
        .hasMessageContaining("isolation: vm");
    IsolationRequest setuid =
        request().chroots(Chroots.ALLOW).privileges(Privileges.SETUID_PROGRAMS).build();
    assertThatThrownBy(() -> ChrootLevel.requireAllowed(setuid, refusal()))
        .hasMessageContaining("setuid programs");
  }

  @Test
  void everyBuildIsToldWhatDoesNotHold() {
    assertThat(ChrootLevel.announcements(request().build()))
        .extracting(Announcement::code)
        .containsExactly("chroot");
    assertThat(ChrootLevel.announcements(request().networks(Set.of(NetworkMode.BUILD)).build()))
        .extracting(Announcement::code)
        .containsExactly("chroot", "no-egress");
  }
}
