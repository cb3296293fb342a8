package dev.stepbox.isolation;

import java.util.List;

/**
 * Numeric ids inside the build's user namespace.
 *
 * @param uid 0 to 65535
 * @param gid 0 to 65535
 * @param groups supplementary groups, each 0 to 65535, at most 64
 */
public record StepUser(int uid, int gid, List<Integer> groups) {
  /** Uid 0 of the build's user namespace, which is nobody special outside. */
  public static final StepUser ROOT = new StepUser(0, 0, List.of());

  private static final int MAX_ID = 0xffff;
  private static final int MAX_GROUPS = 64;

  public StepUser {
    groups = List.copyOf(groups);
    requireId("uid", uid);
    requireId("gid", gid);
    groups.forEach(group -> requireId("group", group));
    if (groups.size() > MAX_GROUPS) {
      throw new IllegalArgumentException(
          "%d supplementary groups, the limit is %d".formatted(groups.size(), MAX_GROUPS));
    }
  }

  private static void requireId(String what, int id) {
    if (id < 0 || id > MAX_ID) {
      throw new IllegalArgumentException("not a %s from 0 to %d: %d".formatted(what, MAX_ID, id));
    }
  }
}
