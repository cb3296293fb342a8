package dev.stepbox.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.BindMount.Access;
import dev.stepbox.isolation.RootSpec.Overlay;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What one step or root may ask for: as much as the limit, and not one more. */
class RequestLimitsTest {
  private static final Path STORE = Path.of("/store");

  private static AbstractThrowableAssert<?, ?> assertRefused(ThrowingCallable call) {
    return assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
  }

  private static SandboxSpec.Builder step(String... command) {
    return SandboxSpec.step("step", List.of(command));
  }

  private static Overlay overlay(int layers) {
    return new Overlay(Collections.nCopies(layers, STORE), null);
  }

  @Test
  void aRootHas499LayersAtMost() {
    assertThat(overlay(499).lowers()).hasSize(499);
    assertRefused(() -> overlay(500)).hasMessage("cannot stack 500 layers, the limit is 499");
  }

  @Test
  void aStepHas64MountsAtMost() {
    List<BindMount> mounts = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      mounts.add(new BindMount(STORE, "/mnt/" + i, Access.READ_ONLY));
    }
    assertThat(step("true").mounts(mounts).build().mounts()).hasSize(64);
    mounts.add(new BindMount(STORE, "/mnt/64", Access.READ_ONLY));
    assertRefused(() -> step("true").mounts(mounts).build())
        .hasMessage("cannot mount 65 paths into step 'step', the limit is 64");
  }

  /** Each text with its end, as the kernel counts them; letters of more bytes count as such. */
  @Test
  void commandAndEnvironmentHaveOneMebibyteTogetherAtMost() {
    SequencedMap<String, String> environment = new LinkedHashMap<>();
    environment.put("NAME", "vv");
    int others = "true".length() + 1 + "NAME".length() + 1 + "vv".length() + 1 + 1;
    String rest = "ä".repeat((SandboxSpec.MAX_COMMAND_BYTES - others) / 2);
    assertThat((SandboxSpec.MAX_COMMAND_BYTES - others) % 2).isZero();
    assertThat(step("true", rest).environment(environment).build().command()).hasSize(2);
    assertRefused(() -> step("true", rest + "x").environment(environment).build())
        .hasMessage("command and environment have 1048577 bytes, the limit is 1048576");
  }

  @Test
  void aPathInsideAStepHas4095CharactersAtMost() {
    String longest = "/" + "x".repeat(4094);
    assertThat(step("true").workingDirectory(longest).build().workingDirectory()).hasSize(4095);
    assertRefused(() -> step("true").workingDirectory(longest + "x").build())
        .hasMessageStartingWith("not a working directory: '/xxx");
    assertThat(new BindMount(STORE, longest, Access.READ_ONLY).target()).hasSize(4095);
    assertRefused(() -> new BindMount(STORE, longest + "x", Access.READ_ONLY))
        .hasMessageStartingWith("not a mount target: '/xxx");
  }

  @Test
  void aNameHas64CharactersAtMost() {
    String longest = "x".repeat(64);
    assertThat(SandboxSpec.step(longest, List.of("true")).build().step()).isEqualTo(longest);
    assertRefused(() -> SandboxSpec.step(longest + "x", List.of("true")).build())
        .hasMessageContaining("(1 to 64 of a-z 0-9 -)");
  }

  @Test
  void aUserHas64SupplementaryGroupsAtMost() {
    assertThat(new StepUser(1, 1, Collections.nCopies(64, 7)).groups()).hasSize(64);
    assertRefused(() -> new StepUser(1, 1, Collections.nCopies(65, 7)))
        .hasMessage("65 supplementary groups, the limit is 64");
  }

  @Test
  void anIdIsBelow65536() {
    assertThat(new StepUser(65_535, 65_535, List.of(65_535)).uid()).isEqualTo(65_535);
    assertRefused(() -> new StepUser(65_536, 0, List.of()))
        .hasMessage("not a uid from 0 to 65535: 65536");
    assertRefused(() -> new StepUser(0, 0, List.of(65_536))).hasMessageContaining("group");
  }

  @Test
  void aMemoryCapHasFourMebibytesAtLeast() {
    assertThat(new Caps(null, 4L << 20, null, null).limited()).containsExactly(Cap.MEMORY);
    assertRefused(() -> new Caps(null, (4L << 20) - 1, null, null))
        .hasMessage("not a memory cap in bytes: 4194303, the least is 4194304");
  }

  @Test
  void aCapOnFilesIsOneOnTheDisk() {
    assertThat(new Caps(null, null, null, null, 1L).limited()).containsExactly(Cap.DISK);
    assertRefused(() -> new Caps(null, null, null, null, 0L))
        .hasMessage("not a disk cap in files: 0, the least is 1");
  }

  @Test
  void aCpuCapHasAHundredthOfAProcessorAtLeast() {
    assertThat(new Caps(10, null, null, null).limited()).containsExactly(Cap.CPU);
    assertRefused(() -> new Caps(9, null, null, null))
        .hasMessage("not a cpu cap in thousandths: 9, the least is 10");
  }

  @Test
  void aFileOfAStepHas262144CharactersAtMost() {
    String longest = "x".repeat(StepFile.MAX_CHARACTERS);
    assertThat(new StepFile("/tmp/f", longest, 0644).content()).hasSize(262_144);
    assertRefused(() -> new StepFile("/tmp/f", longest + "x", 0644))
        .hasMessageContaining("262145 characters, the limit is 262144");
  }
}
