package dev.stepbox.engine.plan;

import java.util.Locale;

/** Ids of stages: safe as file names, readable, unique by their number. */
final class StageIds {

  /** Most characters taken over from the name. */
  private static final int NAME_MAX = 40;

  private StageIds() {}

  static String of(int number, String name) {
    var id = new StringBuilder().append(number);
    boolean gap = true;
    String lower = name.toLowerCase(Locale.ROOT);
    for (int i = 0; i < lower.length() && id.length() < NAME_MAX; i++) {
      char c = lower.charAt(i);
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        if (gap) {
          id.append('-');
          gap = false;
        }
        id.append(c);
      } else {
        gap = true;
      }
    }
    return id.toString();
  }
}
