package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.StepReport;
import dev.stepbox.isolation.Usage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final List<String> told = new ArrayList<>();
  private final Cancellation cancellation = new Cancellation(Duration.ofSeconds(3));

  /** A step that only notes what it is told. */
  private final RunningSandbox step =
      new RunningSandbox() {
        @Override
        public String step() {
          return "step";
        }

        @Override
        public Path output() {
          return Path.of("output");
        }

        @Override
        public OptionalLong startedNanos() {
          return OptionalLong.empty();
        }

        @Override
        public SandboxExit await() {
          return new SandboxExit.Cancelled(StepReport.UNKNOWN);
        }

        @Override
        public boolean await(Duration timeout) {
          return true;
        }

        @Override
        public void terminate(Duration grace) {
          told.add("terminate " + grace);
        }

        @Override
        public void kill() {
          told.add("kill");
        }

        @Override
        public Usage usage() {
          return Usage.UNKNOWN;
        }
      };

  @Test
  void theRunningStepIsTold() {
    cancellation.watch(step);
    cancellation.request(CancelMode.GRACEFUL, "one");
    cancellation.request(CancelMode.GRACEFUL, "two");
    cancellation.request(CancelMode.KILL, "three");
    cancellation.request(CancelMode.KILL, "four");
    assertThat(told).containsExactly("terminate PT3S", "kill");
    assertThat(cancellation.reason()).isEqualTo("one");
  }

  @Test
  void aStepThatBeginsMeanwhileIsToldToo() {
    cancellation.request(CancelMode.GRACEFUL, "one");
    cancellation.watch(step);
    assertThat(told).containsExactly("terminate PT3S");
  }

  @Test
  void aStepThatIsOverIsNotTold() {
    cancellation.watch(step);
    cancellation.unwatch();
    cancellation.request(CancelMode.KILL, "one");
    assertThat(told).isEmpty();
    assertThat(cancellation.stopsNow()).isTrue();
  }

  @Test
  void postBlocksEndByAKillOnly() {
    cancellation.enterPost();
    cancellation.watch(step);
    cancellation.request(CancelMode.GRACEFUL, "one");
    assertThat(cancellation.stopsNow()).isFalse();
    cancellation.request(CancelMode.KILL, "two");
    assertThat(told).containsExactly("kill");
    assertThat(cancellation.stopsNow()).isTrue();
  }

  @Test
  void aGracefulEndLetsPostBlocksRun() {
    cancellation.request(CancelMode.GRACEFUL, "one");
    assertThat(cancellation.stopsNow()).isTrue();
    cancellation.enterPost();
    assertThat(cancellation.stopsNow()).isFalse();
  }
}
