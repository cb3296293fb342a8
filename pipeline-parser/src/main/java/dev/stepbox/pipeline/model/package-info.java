/**
 * The immutable pipeline as its author wrote it: defaults that depend on the surroundings are still
 * absent, references are still unresolved.
 */
@NullMarked
package dev.stepbox.pipeline.model;

import org.jspecify.annotations.NullMarked;
