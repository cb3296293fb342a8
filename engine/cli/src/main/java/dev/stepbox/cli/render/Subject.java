package dev.stepbox.cli.render;

import dev.stepbox.engine.plan.BuildPlan;

/**
 * The build that a view shows.
 *
 * @param plan what it does
 * @param logs where its output is
 * @param again the command that runs the same pipeline again
 */
public record Subject(BuildPlan plan, LogSource logs, String again) {}
