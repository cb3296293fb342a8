/** Stores layers under the digest of their content. */
@NullMarked
package dev.stepbox.layercache;

import org.jspecify.annotations.NullMarked;
