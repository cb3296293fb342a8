/** The directories of builds: their numbers, their files, and who may write to them. */
@NullMarked
package dev.stepbox.engine.home;

import org.jspecify.annotations.NullMarked;
