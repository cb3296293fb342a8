/** Small JSON writer and reader with limits; loads in a millisecond, which a library does not. */
@NullMarked
package dev.stepbox.agent.protocol.json;

import org.jspecify.annotations.NullMarked;
