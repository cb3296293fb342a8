package dev.stepbox.isolation;

import dev.stepbox.isolation.SandboxSpec.Privileges;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a build wants from this machine, known before its first step.
 *
 * @param runDirectory absolute directory below {@code store} for the sole use of this build's
 *     supervisor: socket, step records, output. Made if absent
 * @param store absolute directory below which all layers, write layers and mount sources lie
 * @param hostImage whether any stage uses the host's own root file system
 * @param networks the network modes that steps of this build use
 * @param caps the caps that steps of this build set
 * @param unenforcedCaps what to do about a cap of {@code caps} that this machine cannot enforce
 * @param machines whether any root has a virtual machine
 * @param runtime what makes the containers of steps; null for the launcher itself
 * @param privileges the most that a step of this build may ask for
 * @param chroots whether steps may run without namespaces where none can be had
 * @param work what the supervisor is there for
 */
public record IsolationRequest(
    Path runDirectory,
    Path store,
    HostImage hostImage,
    Set<NetworkMode> networks,
    Set<Cap> caps,
    UnenforcedCaps unenforcedCaps,
    Machines machines,
    @Nullable OciRuntime runtime,
    Privileges privileges,
    Chroots chroots,
    Work work) {

  /** Whether the host's system directories are made visible to the supervisor. */
  public enum HostImage {
    /** No stage uses {@code image: host}. */
    HIDDEN,
    /** {@code /usr}, {@code /etc}, {@code /opt} and {@code /var} can become lower layers. */
    SHOWN
  }

  /** Whether there are virtual machines in a build. */
  public enum Machines {
    /** All steps run in containers only. */
    UNUSED,
    /** Some {@link RootSpec} has a {@link MachineSpec}. */
    USED
  }

  /** What a supervisor does. */
  public enum Work {
    /** It runs steps, and reaches files of other ids. */
    STEPS,
    /** It only reaches files, and so needs no cgroup and nothing that is kept ready for steps. */
    FILES
  }

  /** What happens where no namespace can be had. */
  public enum Chroots {
    /** The build does not start. */
    REFUSE,
    /**
     * Its steps run in chroots, with walls of less height, and {@link BuildSandbox#announcements()}
     * says so.
     */
    ALLOW
  }

  /** What happens when a cap cannot be enforced. */
  public enum UnenforcedCaps {
    /** The build does not start. */
    REFUSE,
    /** The build starts and {@link BuildSandbox#announcements()} says what does not hold. */
    ANNOUNCE
  }

  public IsolationRequest {
    requireAbsolute(runDirectory);
    requireAbsolute(store);
    if (!runDirectory.startsWith(store) || runDirectory.equals(store)) {
      throw new IllegalArgumentException(
          "run directory '%s' does not lie below the store '%s'".formatted(runDirectory, store));
    }
    if (runtime != null && machines == Machines.USED) {
      throw new IllegalArgumentException("virtual machines make their containers themselves");
    }
    networks = sorted(networks);
    caps = sorted(caps);
  }

  /** A request with everything but the two directories at its default. */
  public static Builder in(Path runDirectory, Path store) {
    return new Builder(runDirectory, store);
  }

  private static void requireAbsolute(Path path) {
    if (!path.isAbsolute()) {
      throw new IllegalArgumentException("not an absolute path: '%s'".formatted(path));
    }
  }

  private static <T extends Enum<T>> Set<T> sorted(Collection<T> values) {
    return Collections.unmodifiableSet(new TreeSet<>(values));
  }

  /** Collects the parts of a request. Not safe for use by several threads. */
  public static final class Builder {
    private final Path runDirectory;
    private final Path store;
    private HostImage hostImage = HostImage.HIDDEN;
    private Set<NetworkMode> networks = Set.of();
    private Set<Cap> caps = Set.of();
    private UnenforcedCaps unenforcedCaps = UnenforcedCaps.REFUSE;
    private Machines machines = Machines.UNUSED;
    private @Nullable OciRuntime runtime;
    private Privileges privileges = Privileges.NO_NEW_PRIVILEGES;
    private Chroots chroots = Chroots.REFUSE;
    private Work work = Work.STEPS;

    private Builder(Path runDirectory, Path store) {
      this.runDirectory = runDirectory;
      this.store = store;
    }

    public Builder hostImage(HostImage value) {
      hostImage = value;
      return this;
    }

    public Builder networks(Set<NetworkMode> value) {
      networks = value;
      return this;
    }

    public Builder caps(Set<Cap> value) {
      caps = value;
      return this;
    }

    public Builder unenforcedCaps(UnenforcedCaps value) {
      unenforcedCaps = value;
      return this;
    }

    public Builder machines(Machines value) {
      machines = value;
      return this;
    }

    public Builder runtime(@Nullable OciRuntime value) {
      runtime = value;
      return this;
    }

    public Builder privileges(Privileges value) {
      privileges = value;
      return this;
    }

    public Builder chroots(Chroots value) {
      chroots = value;
      return this;
    }

    public Builder work(Work value) {
      work = value;
      return this;
    }

    public IsolationRequest build() {
      return new IsolationRequest(
          runDirectory,
          store,
          hostImage,
          networks,
          caps,
          unenforcedCaps,
          machines,
          runtime,
          privileges,
          chroots,
          work);
    }
  }
}
