/** Writes messages as lines of JSON and reads them back, within limits. */
@NullMarked
package dev.stepbox.agent.protocol.codec;

import org.jspecify.annotations.NullMarked;
