/** The append-only record of a build: written, read back after a crash, followed while it grows. */
@NullMarked
package dev.stepbox.engine.journal;

import org.jspecify.annotations.NullMarked;
