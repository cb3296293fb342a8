/** The messages that an engine and a worker exchange. */
@NullMarked
package dev.stepbox.agent.protocol;

import org.jspecify.annotations.NullMarked;
