/** Keeps the directories that steps share between builds. */
@NullMarked
package dev.stepbox.layercache.mount;

import org.jspecify.annotations.NullMarked;
