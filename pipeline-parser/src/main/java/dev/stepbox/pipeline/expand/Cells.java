package dev.stepbox.pipeline.expand;

import dev.stepbox.pipeline.model.StageBody.Axis;
import dev.stepbox.pipeline.model.StageBody.AxisTest;
import dev.stepbox.pipeline.model.StageBody.Exclude;
import dev.stepbox.pipeline.model.StageBody.Matrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The cells of a matrix. */
public final class Cells {
  /** How many cells there are before excludes; huge products count as {@link Integer#MAX_VALUE}. */
  public static int combinations(Matrix matrix) {
    long product = 1;
    for (Axis axis : matrix.axes()) {
      product *= axis.values().size();
      if (product > Integer.MAX_VALUE) {
        return Integer.MAX_VALUE;
      }
    }
    return (int) product;
  }

  /** Every cell that no exclude removes; the first axis varies fastest. */
  public static List<SequencedMap<String, String>> of(Matrix matrix) {
    List<SequencedMap<String, String>> cells = new ArrayList<>();
    int count = combinations(matrix);
    for (int number = 0; number < count; number++) {
      SequencedMap<String, String> cell = new LinkedHashMap<>();
      int rest = number;
      for (Axis axis : matrix.axes()) {
        int size = axis.values().size();
        cell.put(axis.name(), axis.values().get(rest % size));
        rest /= size;
      }
      if (!isExcluded(cell, matrix.excludes())) {
        cells.add(cell);
      }
    }
    return cells;
  }

  private static boolean isExcluded(SequencedMap<String, String> cell, List<Exclude> excludes) {
    for (Exclude exclude : excludes) {
      boolean holds = true;
      for (AxisTest test : exclude.tests()) {
        String value = cell.get(test.axis());
        holds &= value != null && test.holdsFor(value);
      }
      if (holds) {
        return true;
      }
    }
    return false;
  }

  private Cells() {}
}
