/** The benchmark: Stepbox and its peers, side by side on one machine in one run. */
@NullMarked
package dev.stepbox.bench;

import org.jspecify.annotations.NullMarked;
