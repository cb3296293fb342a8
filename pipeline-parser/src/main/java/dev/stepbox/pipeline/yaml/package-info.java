/**
 * Reads YAML into a tree in which every value knows its place, holds it against the language and
 * builds the model from it; only this package knows SnakeYAML.
 */
@NullMarked
package dev.stepbox.pipeline.yaml;

import org.jspecify.annotations.NullMarked;
