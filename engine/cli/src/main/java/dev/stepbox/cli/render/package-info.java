/** Views of a build's events for people and for programs. */
@NullMarked
package dev.stepbox.cli.render;

import org.jspecify.annotations.NullMarked;
