/**
 * Turns a pipeline into the concrete stages of one build: matrix cells, parallel branches, resolved
 * needs, inherited settings and the decision of every condition.
 */
@NullMarked
package dev.stepbox.pipeline.expand;

import org.jspecify.annotations.NullMarked;
