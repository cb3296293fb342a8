package dev.stepbox.isolation;

/**
 * Something that a user expects of a sandbox and that does not hold on this machine.
 *
 * @param code stable word for machines, for example {@code single-id}
 * @param message one sentence for people, with the consequence
 */
public record Announcement(String code, String message) {}
