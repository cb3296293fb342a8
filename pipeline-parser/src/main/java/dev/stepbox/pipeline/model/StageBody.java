package dev.stepbox.pipeline.model;

import java.util.List;

/** What a stage does: steps, branches side by side, or the same steps for each cell of a matrix. */
public sealed interface StageBody {
  /** Steps, one after the other. */
  record Steps(List<Step> steps) implements StageBody {
    public Steps {
      steps = List.copyOf(steps);
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("a stage needs at least one step");
      }
    }
  }

  /** Stages that run side by side; none of them is itself {@code Parallel}. */
  record Parallel(List<Stage> branches, FailFast failFast) implements StageBody {
    public Parallel {
      branches = List.copyOf(branches);
      if (branches.isEmpty()) {
        throw new IllegalArgumentException("a parallel stage needs at least one branch");
      }
      for (Stage branch : branches) {
        if (branch.body() instanceof Parallel) {
          throw new IllegalArgumentException(
              "branch '%s' is itself parallel".formatted(branch.name()));
        }
      }
    }
  }

  /** The same steps once for each combination of axis values that no exclude removes. */
  record Matrix(List<Axis> axes, List<Exclude> excludes, Steps steps, FailFast failFast)
      implements StageBody {
    public Matrix {
      axes = List.copyOf(axes);
      excludes = List.copyOf(excludes);
      if (axes.isEmpty()) {
        throw new IllegalArgumentException("a matrix needs at least one axis");
      }
    }
  }

  /** A variable of a matrix and its values, in the order of the file. */
  record Axis(String name, List<String> values) {
    public Axis {
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("axis '%s' has no values".formatted(name));
      }
    }
  }

  /** Removes the cells in which every test holds; an axis without a test may have any value. */
  record Exclude(List<AxisTest> tests) {
    public Exclude {
      tests = List.copyOf(tests);
      if (tests.isEmpty()) {
        throw new IllegalArgumentException("an exclude needs at least one axis");
      }
    }
  }

  /** A test of one axis. */
  record AxisTest(String axis, List<String> values, Membership membership) {
    public AxisTest {
      values = List.copyOf(values);
    }

    public boolean holdsFor(String value) {
      return switch (membership) {
        case IN -> values.contains(value);
        case NOT_IN -> !values.contains(value);
      };
    }
  }

  /** How an axis value is compared with the values of an exclude. */
  enum Membership {
    /** It is one of them. */
    IN,
    /** It is none of them. */
    NOT_IN
  }

  /** What the failure of one branch or cell means for the others. */
  enum FailFast {
    /** The others run to their end. */
    OFF,
    /** The others are cancelled. */
    ON
  }
}
