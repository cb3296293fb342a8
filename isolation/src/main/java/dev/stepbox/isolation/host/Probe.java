package dev.stepbox.isolation.host;

/**
 * What came of one thing that the launcher tried on this machine.
 *
 * @param name as the launcher's protocol has it
 * @param result how it went
 * @param error the name of the kernel's answer, for example {@code EPERM}
 * @param text more of it in words
 */
public record Probe(String name, Result result, String error, String text) {
  /** How a try went. */
  public enum Result {
    YES,
    NO,
    /** Another one had made it pointless. */
    SKIPPED
  }
}
