/** What happened in a build, as typed records, with the one JSON form of each. */
@NullMarked
package dev.stepbox.engine.event;

import org.jspecify.annotations.NullMarked;
