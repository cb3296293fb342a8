package dev.stepbox.engine.scm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoppableWorkTest {
  private final StoppableWork work = new StoppableWork();

  @Test
  void whatTheWorkBringsIsGiven() throws Exception {
    assertThat(work.run("test", () -> "brought")).isEqualTo("brought");
    assertThat(work.getAsBoolean()).isFalse();
  }

  @Test
  void whatTheWorkThrowsIsThrown() {
    var refused = new EngineException(ErrorCode.LIMIT_EXCEEDED, "of a test");
    assertThatThrownBy(() ->
            work.run(
                "test",
                () -> {
                  throw refused;
                }))
        .isSameAs(refused);
    var hungry = new OutOfMemoryError("of a test");
    assertThatThrownBy(() ->
            work.run(
                "test",
                () -> {
                  throw hungry;
                }))
        .isSameAs(hungry);
  }

  @Test
  void workThatLosesAnInterruptIsStoppedAndWaitedFor() throws Exception {
    Thread caller = Thread.currentThread();
    var waits = new CountDownLatch(1);
    var isLost = new CountDownLatch(1);
    var isOver = new CountDownLatch(1);
    assertThatThrownBy(() ->
            work.run(
                "test",
                () -> {
                  caller.interrupt();
                  try {
                    waits.await();
                  } catch (InterruptedException lost) {
                    isLost.countDown();
                  }
                  while (!work.getAsBoolean()) {
                    Thread.onSpinWait();
                  }
                  isOver.countDown();
                  return "too late";
                }))
        .isInstanceOf(InterruptedException.class);
    assertThat(isLost.getCount()).isZero();
    assertThat(isOver.getCount()).isZero();
  }
}
