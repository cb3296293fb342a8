/** Sandboxes that run nothing: for previews of a pipeline, and for tests without a kernel. */
@NullMarked
package dev.stepbox.isolation.dryrun;

import org.jspecify.annotations.NullMarked;
