/** Where state lives and how output looks, as the environment and the options decide it. */
@NullMarked
package dev.stepbox.cli.config;

import org.jspecify.annotations.NullMarked;
