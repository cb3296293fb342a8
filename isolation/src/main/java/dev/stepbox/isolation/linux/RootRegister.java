package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.StageRoot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The roots that are mounted, in memory and on disk. A root that an engine was about to mount when
 * it died counts as mounted: unmounting what is not mounted does no harm. Safe for several threads.
 */
final class RootRegister {
  private final Path file;
  private final Map<String, Root> roots = new LinkedHashMap<>();
  private int next = 1;

  /**
   * A mounted root.
   *
   * @param number its number in the launcher
   * @param writes the directories that take what its steps write
   * @param workspaceWrites those of its workspace
   * @param hasMachine whether its steps run in a virtual machine
   */
  record Root(int number, List<Path> writes, List<Path> workspaceWrites, boolean hasMachine) {
    Root {
      writes = List.copyOf(writes);
      workspaceWrites = List.copyOf(workspaceWrites);
    }
  }

  /** Goes on from what is on disk. */
  RootRegister(Path file) {
    this.file = file;
    for (List<String> line : Notes.read(file)) {
      String name = line.get(1);
      if (line.getFirst().equals("mount")) {
        int number = Integer.parseInt(line.get(2));
        boolean hasMachine = !paths(line, "machine").isEmpty();
        roots.put(
            name, new Root(number, paths(line, "write"), paths(line, "workspace"), hasMachine));
        next = Math.max(next, number + 1);
      } else {
        roots.remove(name);
      }
    }
  }

  private static List<Path> paths(List<String> line, String key) {
    List<Path> paths = new ArrayList<>();
    for (int i = 3; i + 1 < line.size(); i += 2) {
      if (line.get(i).equals(key)) {
        paths.add(Path.of(line.get(i + 1)));
      }
    }
    return paths;
  }

  synchronized int nextNumber() {
    return next++;
  }

  synchronized void add(String name, Root root) {
    if (roots.containsKey(name)) {
      throw new SandboxException(
          SandboxErrorCode.INVALID_REQUEST, "root '%s' is mounted already".formatted(name));
    }
    List<String> line = new ArrayList<>(List.of("mount", name, Integer.toString(root.number())));
    root.writes().forEach(path -> line.addAll(List.of("write", path.toString())));
    root.workspaceWrites().forEach(path -> line.addAll(List.of("workspace", path.toString())));
    if (root.hasMachine()) {
      line.addAll(List.of("machine", "vm"));
    }
    Notes.append(file, line);
    roots.put(name, root);
  }

  synchronized void remove(String name) {
    if (roots.remove(name) != null) {
      Notes.append(file, List.of("unmount", name));
    }
  }

  synchronized @Nullable Root find(String name) {
    return roots.get(name);
  }

  synchronized Root get(String name) {
    Root root = roots.get(name);
    if (root == null) {
      throw new SandboxException(
          SandboxErrorCode.INVALID_REQUEST, "root '%s' is not mounted".formatted(name));
    }
    return root;
  }

  synchronized List<StageRoot> mounted() {
    return roots.keySet().stream().map(StageRoot::new).toList();
  }
}
