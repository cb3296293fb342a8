package dev.stepbox.engine;

/** Whether the commands of a build are executed; decided when it begins and kept with it. */
public enum Execution {
  /** They are, each in a sandbox. */
  REAL,
  /** None is: steps obey variables of their environment instead. */
  DRY_RUN
}
