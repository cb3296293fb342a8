/** Runs one process in a sandbox: the contract that the worker uses and every backend keeps. */
@NullMarked
package dev.stepbox.isolation;

import org.jspecify.annotations.NullMarked;
