package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.nio.file.Path;
import java.util.List;

/**
 * How the launcher names directories: it sees the store as {@code /store}, and directories of the
 * host that were shown to it below {@code /host}. Whatever else is asked for is refused here.
 *
 * @param store the store's directory on the host
 * @param shown directories of the host that the launcher was given
 */
public record StoreView(Path store, List<Path> shown) {
  public StoreView {
    shown = List.copyOf(shown);
  }

  /** The launcher's name of something below the store. */
  public String inStore(Path path) {
    if (!path.startsWith(store) || !path.equals(path.normalize())) {
      throw new SandboxException(
          SandboxErrorCode.INVALID_REQUEST,
          "'%s' does not lie below the store '%s'".formatted(path, store));
    }
    String relative = store.relativize(path).toString();
    return relative.isEmpty() ? "/store" : "/store/" + relative;
  }

  /** The launcher's name of something below the store or of a directory of the host. */
  String inStoreOrHost(Path path) {
    if (isOnHost(path)) {
      return hostName(path);
    }
    return inStore(path);
  }

  /** Whether a path lies in a directory of the host that is shown. */
  boolean isOnHost(Path path) {
    return !path.startsWith(store)
        && path.equals(path.normalize())
        && shown.stream().anyMatch(path::startsWith);
  }

  /** The launcher's name of a directory of the host. */
  static String hostName(Path path) {
    return "/host" + path;
  }
}
