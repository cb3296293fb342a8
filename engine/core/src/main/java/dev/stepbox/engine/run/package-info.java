/** The states of a build, what follows from them, and the loop that makes it so. */
@NullMarked
package dev.stepbox.engine.run;

import org.jspecify.annotations.NullMarked;
