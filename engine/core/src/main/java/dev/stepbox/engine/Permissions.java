package dev.stepbox.engine;

import dev.stepbox.agent.protocol.ChrootPolicy;
import java.nio.file.Path;
import java.util.List;

/**
 * What the operator allows a pipeline that it may not take for itself: a pipeline file may come
 * from somebody else.
 *
 * @param hostNetwork whether steps get the network of this machine when they ask for it
 * @param nesting whether steps may make namespaces themselves when they ask for it
 * @param paths directories whose files the pipeline may name as images and repositories, beside its
 *     own directory and repository; absolute
 * @param chroots whether steps may run without namespaces where none can be had
 */
public record Permissions(
    HostNetwork hostNetwork, Nesting nesting, List<Path> paths, ChrootPolicy chroots) {

  /** Nothing. */
  public static final Permissions NONE =
      new Permissions(HostNetwork.REFUSED, Nesting.REFUSED, List.of());

  /** Without chroots. */
  public Permissions(HostNetwork hostNetwork, Nesting nesting, List<Path> paths) {
    this(hostNetwork, nesting, paths, ChrootPolicy.REFUSE);
  }

  public Permissions {
    paths = List.copyOf(paths);
    for (Path path : paths) {
      if (!path.isAbsolute()) {
        throw new IllegalArgumentException("an allowed path is absolute, not '%s'".formatted(path));
      }
    }
  }

  /** What comes of {@code network: host}. */
  public enum HostNetwork {
    /** The build is refused. */
    REFUSED,
    /** The step sees every network of this machine, its loopback too. */
    ALLOWED
  }

  /** What comes of {@code nesting: true}. */
  public enum Nesting {
    /** The build is refused. */
    REFUSED,
    /** The step reaches those parts of the kernel that serve namespaces of its own. */
    ALLOWED
  }
}
