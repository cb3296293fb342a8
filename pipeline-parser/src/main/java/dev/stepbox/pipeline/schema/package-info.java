/**
 * The language of a pipeline as data: every key, its type, its limits and its description. The
 * decoder, the JSON Schema and the reference page are all made from it.
 */
@NullMarked
package dev.stepbox.pipeline.schema;

import org.jspecify.annotations.NullMarked;
