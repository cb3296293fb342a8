package dev.stepbox.pipeline.expand;

import java.util.Map;
import java.util.SequencedMap;

/** How concrete stages are called. */
public final class StageNames {
  /** {@code Test / lint}. */
  public static String ofBranch(String parallel, String branch) {
    return parallel + " / " + branch;
  }

  /** {@code Test / (post)}: what runs after all branches. */
  public static String ofPost(String parallel) {
    return ofBranch(parallel, "(post)");
  }

  /** {@code Test [JDK=17, DB=h2]}. */
  public static String ofCell(String stage, SequencedMap<String, String> cell) {
    StringBuilder name = new StringBuilder(stage).append(" [");
    boolean isFirst = true;
    for (Map.Entry<String, String> axis : cell.entrySet()) {
      if (!isFirst) {
        name.append(", ");
      }
      isFirst = false;
      name.append(axis.getKey()).append('=').append(axis.getValue());
    }
    return name.append(']').toString();
  }

  private StageNames() {}
}
