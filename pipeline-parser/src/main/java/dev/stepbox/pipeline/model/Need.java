package dev.stepbox.pipeline.model;

import dev.stepbox.pipeline.diagnostic.SourceRange;

/** A stage, by name, that must have ended before the one that says so starts. */
public record Need(String stage, SourceRange range) {}
