/**
 * Keeps images, layers and cache mounts on disk and says which directories make a root file system.
 *
 * <p>Starting points: {@link dev.stepbox.layercache.LayerCache} is the entry, {@link
 * dev.stepbox.layercache.IdMappedTree} is the port for file work that needs other user ids.
 */
@NullMarked
package dev.stepbox.layercache;

import org.jspecify.annotations.NullMarked;
