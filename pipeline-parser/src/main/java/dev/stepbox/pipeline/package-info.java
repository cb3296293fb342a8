/**
 * Reads the text of a pipeline and answers with a model or with diagnostics that name line and
 * column.
 */
@NullMarked
package dev.stepbox.pipeline;

import org.jspecify.annotations.NullMarked;
