package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.linux.PendingCall.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An answer of many frames, of which as many wait as the limit allows, and one more. */
@Timeout(20)
class PendingCallTest {
  private static final int FRAME = 10;

  private final PendingCall call = new PendingCall(Wire.LIST_TREE, 3 * FRAME);
  private final List<FrameReader> early = new ArrayList<>();

  private void more(int frames) {
    for (int i = 0; i < frames; i++) {
      call.answer(FrameReader.of(new byte[FRAME]), FRAME, true);
    }
  }

  private void last() {
    call.answer(FrameReader.of(new byte[FRAME]), FRAME, false);
  }

  @Test
  void asMuchOfAnAnswerWaitsAsTheLimit() throws InterruptedException {
    more(2);
    last();
    assertThat(call.await(early::add)).isInstanceOf(Answer.Done.class);
    assertThat(early).hasSize(2);
  }

  @Test
  void anAnswerOfWhichMoreWaitsIsDroppedAndTold() {
    more(4);
    last();
    assertThatThrownBy(() -> call.await(early::add))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.OUT_OF_RESOURCES))
        .hasMessageContaining("more than 30 bytes of it wait");
    assertThat(early).isEmpty();
  }

  @Test
  void whatIsTakenMakesRoom() throws InterruptedException {
    more(2);
    assertThat(
            call.await(frame -> {
              early.add(frame);
              if (early.size() < 20) {
                more(1);
              } else if (early.size() == 20) {
                last();
              }
            }))
        .isInstanceOf(Answer.Done.class);
    assertThat(early).hasSize(21);
  }

  @Test
  void theRestOfAnAnswerThatIsNotTakenIsDropped() {
    var limit = new IllegalStateException("of a test");
    more(1);
    assertThatThrownBy(() ->
            call.await(_ -> {
              throw limit;
            }))
        .isSameAs(limit);
    more(2);
    assertThat(call.waitingFrames()).isZero();
  }
}
