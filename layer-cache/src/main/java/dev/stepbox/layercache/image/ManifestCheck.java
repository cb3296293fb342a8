package dev.stepbox.layercache.image;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.archive.LayerManifest;
import dev.stepbox.layercache.archive.LayerManifest.Line;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.StoreLayout;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.zip.CRC32C;

/**
 * Compares a layer with the list of files made when it was unpacked.
 *
 * @param port reads the files
 */
public record ManifestCheck(IdMappedTree port) implements LayerStore.LayerCheck {

  @Override
  public boolean isIntact(Path layer) throws IOException, InterruptedException {
    Path manifest = StoreLayout.manifest(layer);
    Path tree = StoreLayout.tree(layer);
    if (!Files.isRegularFile(manifest)) {
      // Made on this machine, without a list: nobody can tell.
      return false;
    }
    SortedMap<String, Line> lines;
    Map<String, Long> sizes = new HashMap<>();
    try {
      lines = LayerManifest.read(manifest);
      port.list(
          tree,
          entry -> {
            if (entry.kind() == TreeEntry.Kind.FILE) {
              sizes.put(entry.path().raw(), entry.size());
            }
          });
    } catch (LayerCacheException ignored) {
      // Whether the list or the tree cannot be read: it is not what it was.
      return false;
    }
    for (Map.Entry<String, Line> line : lines.entrySet()) {
      Long size = sizes.get(line.getKey());
      if (size == null || size != line.getValue().size() || !hasContent(tree, line)) {
        return false;
      }
    }
    return true;
  }

  private boolean hasContent(Path tree, Map.Entry<String, Line> line) throws InterruptedException {
    if (line.getValue().crc() == Line.UNKNOWN) {
      return true;
    }
    CRC32C crc = new CRC32C();
    OutputStream sum =
        new OutputStream() {
          @Override
          public void write(int b) {
            crc.update(b);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
          }
        };
    try {
      port.read(tree, new TreePath(line.getKey()), sum);
    } catch (LayerCacheException ignored) {
      return false;
    }
    return crc.getValue() == line.getValue().crc();
  }
}
