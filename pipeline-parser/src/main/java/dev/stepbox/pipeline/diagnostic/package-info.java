/**
 * Places in a pipeline's text and what is wrong there, as values; nothing here prints or throws.
 */
@NullMarked
package dev.stepbox.pipeline.diagnostic;

import org.jspecify.annotations.NullMarked;
