package dev.stepbox.isolation;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * One command to run in a sandbox.
 *
 * @param step name of the step, unique within the build; see {@link SandboxNames}
 * @param command program and arguments; the program is looked up on the {@code PATH} of {@code
 *     environment} inside the sandbox when it has no slash
 * @param environment the whole environment of the command; nothing is inherited
 * @param workingDirectory absolute path inside the sandbox; must exist there
 * @param user who runs the command, in ids of the build's user namespace
 * @param caps limits of this step
 * @param network what the step can reach
 * @param mounts directories and files of the store shown inside the sandbox, in this order
 * @param files small files made inside the sandbox's {@code /tmp} or {@code /run}
 * @param terminal the size of the pseudo terminal to run on, or null for a pipe
 * @param timeout the command is ended after this time, or null for no limit
 * @param grace time between TERM and KILL when the command is ended
 * @param outputLimitBytes output beyond this is dropped and reported as truncated
 * @param privileges whether programs can gain privileges inside
 * @param nesting whether the command can make sandboxes itself
 */
public record SandboxSpec(
    String step,
    List<String> command,
    SequencedMap<String, String> environment,
    String workingDirectory,
    StepUser user,
    Caps caps,
    NetworkMode network,
    List<BindMount> mounts,
    List<StepFile> files,
    @Nullable Terminal terminal,
    @Nullable Duration timeout,
    Duration grace,
    long outputLimitBytes,
    Privileges privileges,
    Nesting nesting) {

  /** Default time between TERM and KILL. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

  /** Default limit of a step's output: 10 GiB. */
  public static final long DEFAULT_OUTPUT_LIMIT_BYTES = 10L << 30;

  /** Most mounts of one step. */
  public static final int MAX_MOUNTS = 64;

  /** Most bytes of command and environment together, as the kernel counts them: 1 MiB. */
  public static final int MAX_COMMAND_BYTES = 1 << 20;

  /** Whether the command can gain privileges by executing a file. */
  public enum Privileges {
    /** Setuid bits and file capabilities have no effect. */
    NO_NEW_PRIVILEGES,
    /** {@code su}, {@code sudo} and the like work, within the build's own ids. */
    SETUID_PROGRAMS
  }

  /** Whether the command can make user namespaces, and in them what it likes. */
  public enum Nesting {
    /** It can make no namespace of any kind. */
    NONE,
    /** It can, and has what container engines need: cgroups below its own, ids, {@code tun}. */
    ALLOWED
  }

  /**
   * The size of a pseudo terminal.
   *
   * @param columns characters per line, 1 to 65535
   * @param rows lines, 1 to 65535
   */
  public record Terminal(int columns, int rows) {
    public Terminal {
      if (columns < 1 || columns > 0xffff || rows < 1 || rows > 0xffff) {
        throw new IllegalArgumentException(
            "not a terminal size: %d columns, %d rows".formatted(columns, rows));
      }
    }
  }

  public SandboxSpec {
    SandboxNames.require("step", step);
    command = List.copyOf(command);
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    mounts = List.copyOf(mounts);
    files = List.copyOf(files);
    requireCommand(command, environment);
    InnerPaths.require("working directory", workingDirectory);
    if (mounts.size() > MAX_MOUNTS) {
      throw new IllegalArgumentException(
          "cannot mount %d paths into step '%s', the limit is %d"
              .formatted(mounts.size(), step, MAX_MOUNTS));
    }
    if (timeout != null && !timeout.isPositive()) {
      throw new IllegalArgumentException("not a timeout: %s".formatted(timeout));
    }
    if (grace.isNegative()) {
      throw new IllegalArgumentException("not a grace period: %s".formatted(grace));
    }
    if (outputLimitBytes < 1) {
      throw new IllegalArgumentException("not an output limit: %d".formatted(outputLimitBytes));
    }
  }

  /** A step that runs {@code command}, everything else at its default. */
  public static Builder step(String step, List<String> command) {
    return new Builder(step, command);
  }

  private static void requireCommand(List<String> command, Map<String, String> environment) {
    if (command.isEmpty() || command.getFirst().isEmpty()) {
      throw new IllegalArgumentException("a step needs a command");
    }
    long bytes = 0;
    for (String word : command) {
      bytes += requireNoNul("argument", word);
    }
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      if (variable.getKey().isEmpty() || variable.getKey().indexOf('=') >= 0) {
        throw new IllegalArgumentException(
            "not an environment variable name: '%s'".formatted(variable.getKey()));
      }
      bytes += requireNoNul("variable name", variable.getKey());
      bytes += requireNoNul("value of variable " + variable.getKey(), variable.getValue());
    }
    if (bytes > MAX_COMMAND_BYTES) {
      throw new IllegalArgumentException(
          "command and environment have %d bytes, the limit is %d"
              .formatted(bytes, MAX_COMMAND_BYTES));
    }
  }

  private static long requireNoNul(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("%s holds a NUL character".formatted(what));
    }
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length + 1L;
  }

  /** Collects the parts of a step. Not safe for use by several threads. */
  public static final class Builder {
    private final String step;
    private final List<String> command;
    private SequencedMap<String, String> environment = new LinkedHashMap<>();
    private String workingDirectory = RootSpec.WORKSPACE;
    private StepUser user = StepUser.ROOT;
    private Caps caps = Caps.NONE;
    private NetworkMode network = NetworkMode.NONE;
    private List<BindMount> mounts = List.of();
    private List<StepFile> files = List.of();
    private @Nullable Terminal terminal;
    private @Nullable Duration timeout;
    private Duration grace = DEFAULT_GRACE;
    private long outputLimitBytes = DEFAULT_OUTPUT_LIMIT_BYTES;
    private Privileges privileges = Privileges.NO_NEW_PRIVILEGES;
    private Nesting nesting = Nesting.NONE;

    private Builder(String step, List<String> command) {
      this.step = step;
      this.command = command;
    }

    public Builder environment(SequencedMap<String, String> value) {
      environment = value;
      return this;
    }

    public Builder workingDirectory(String value) {
      workingDirectory = value;
      return this;
    }

    public Builder user(StepUser value) {
      user = value;
      return this;
    }

    public Builder caps(Caps value) {
      caps = value;
      return this;
    }

    public Builder network(NetworkMode value) {
      network = value;
      return this;
    }

    public Builder mounts(List<BindMount> value) {
      mounts = value;
      return this;
    }

    public Builder files(List<StepFile> value) {
      files = value;
      return this;
    }

    public Builder terminal(@Nullable Terminal value) {
      terminal = value;
      return this;
    }

    public Builder timeout(@Nullable Duration value) {
      timeout = value;
      return this;
    }

    public Builder grace(Duration value) {
      grace = value;
      return this;
    }

    public Builder outputLimitBytes(long value) {
      outputLimitBytes = value;
      return this;
    }

    public Builder privileges(Privileges value) {
      privileges = value;
      return this;
    }

    public Builder nesting(Nesting value) {
      nesting = value;
      return this;
    }

    public SandboxSpec build() {
      return new SandboxSpec(
          step,
          command,
          environment,
          workingDirectory,
          user,
          caps,
          network,
          mounts,
          files,
          terminal,
          timeout,
          grace,
          outputLimitBytes,
          privileges,
          nesting);
    }
  }
}
