/** Rules about how the parts of a pipeline fit together, one class for each. */
@NullMarked
package dev.stepbox.pipeline.lint;

import org.jspecify.annotations.NullMarked;
