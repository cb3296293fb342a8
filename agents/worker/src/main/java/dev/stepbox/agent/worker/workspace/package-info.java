/** Prepares the file systems that the steps of a stage see, and captures what they leave behind. */
@NullMarked
package dev.stepbox.agent.worker.workspace;

import org.jspecify.annotations.NullMarked;
