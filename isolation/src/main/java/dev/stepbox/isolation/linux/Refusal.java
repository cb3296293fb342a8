package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;

/**
 * The launcher's answer that something did not work.
 *
 * @param code by the numbers of the protocol
 * @param errno the kernel's answer, 0 if it gave none
 * @param operation what was tried
 * @param object on what
 * @param text why, in words
 */
record Refusal(int code, int errno, String operation, String object, String text) {
  private static final int ENOMEM = 12;
  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;

  static Refusal decode(FrameReader in) {
    return new Refusal((int) in.u32(), in.i32(), in.str(), in.str(), in.str());
  }

  /** The failure, with a code of the caller's choice unless a resource of the machine ran out. */
  SandboxException toException(SandboxErrorCode usual) {
    boolean isUsedUp = errno == ENOMEM || errno == ENOSPC || errno == EDQUOT;
    return new SandboxException(isUsedUp ? SandboxErrorCode.OUT_OF_RESOURCES : usual, message());
  }

  /** All parts in one line. */
  String message() {
    String on = object.isEmpty() ? "" : " '" + object + "'";
    return "cannot %s%s: %s".formatted(operation, on, why());
  }

  private String why() {
    if (errno == 0) {
      return text.isEmpty() ? "the launcher gave no reason" : text;
    }
    String answer = Errno.describe(errno);
    return text.isEmpty() ? answer : "%s (%s)".formatted(text, answer);
  }
}
