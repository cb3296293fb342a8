package dev.stepbox.agent.protocol;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the steps of a whole build, all its stages together, ask of a machine. It is checked once,
 * before the first step of the build on a worker: what cannot be given stops the build there and
 * not half-way.
 *
 * @param networks the modes that steps use
 * @param caps the caps that steps set
 * @param hostImage whether any stage or step runs on {@link RootImage.Host}
 * @param isolations what stages run in
 * @param capsPolicy what to do about a cap that cannot be enforced
 * @param chroots what to do where no namespaces can be had
 */
public record Demands(
    Set<NetworkMode> networks,
    Set<Cap> caps,
    HostImage hostImage,
    Set<Isolation> isolations,
    CapsPolicy capsPolicy,
    ChrootPolicy chroots) {

  /** Demands of a build that is not to run in chroots. */
  public Demands(
      Set<NetworkMode> networks,
      Set<Cap> caps,
      HostImage hostImage,
      Set<Isolation> isolations,
      CapsPolicy capsPolicy) {
    this(networks, caps, hostImage, isolations, capsPolicy, ChrootPolicy.REFUSE);
  }

  public Demands {
    networks = sorted(networks);
    caps = sorted(caps);
    isolations = sorted(isolations);
  }

  /** A resource that a cap can limit. */
  public enum Cap {
    /** {@link Caps#cpuMillis()}. */
    CPU,
    /** {@link Caps#memoryBytes()}. */
    MEMORY,
    /** {@link Caps#pids()}. */
    PIDS,
    /** {@link Caps#diskBytes()}. */
    DISK
  }

  /** Whether the host's own programs are a root file system of the build. */
  public enum HostImage {
    /** No stage and no step uses it. */
    UNUSED,
    /** Some stage or step uses it. */
    USED
  }

  private static <T extends Enum<T>> Set<T> sorted(Collection<T> values) {
    return Collections.unmodifiableSet(new TreeSet<>(values));
  }
}
