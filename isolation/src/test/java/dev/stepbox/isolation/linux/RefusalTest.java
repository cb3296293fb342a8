package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.SandboxErrorCode;
import org.junit.jupiter.api.Test;

class RefusalTest {
  private static Refusal refusal(int errno, String object, String text) {
    return new Refusal(Wire.CODE_SETUP, errno, "mount-overlay", object, text);
  }

  @Test
  void theKernelsAnswerHasItsNameAndItsMeaning() {
    assertThat(refusal(40, "var", "").message())
        .isEqualTo("cannot mount-overlay 'var': ELOOP: too many levels of symbolic links");
  }

  @Test
  void theReasonInWordsComesBeforeTheKernelsAnswer() {
    assertThat(refusal(22, "var", "overlay: no upper").message())
        .isEqualTo("cannot mount-overlay 'var': overlay: no upper (EINVAL: invalid argument)");
  }

  @Test
  void partsThatAreMissingLeaveNoGap() {
    assertThat(refusal(0, "", "").message())
        .isEqualTo("cannot mount-overlay: the launcher gave no reason");
    assertThat(refusal(0, "", "at most 64 steps at once").message())
        .isEqualTo("cannot mount-overlay: at most 64 steps at once");
    assertThat(refusal(4242, "var", "").message())
        .isEqualTo("cannot mount-overlay 'var': errno 4242");
  }

  @Test
  void aResourceThatIsUsedUpHasACodeOfItsOwn() {
    assertThat(refusal(28, "var", "").toException(SandboxErrorCode.MOUNT_FAILED).code())
        .isEqualTo(SandboxErrorCode.OUT_OF_RESOURCES);
    assertThat(refusal(40, "var", "").toException(SandboxErrorCode.MOUNT_FAILED).code())
        .isEqualTo(SandboxErrorCode.MOUNT_FAILED);
  }
}
