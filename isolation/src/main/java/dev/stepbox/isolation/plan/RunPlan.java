package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.SandboxSpec.Terminal;
import dev.stepbox.isolation.cgroup.CgroupFiles.FileName;
import dev.stepbox.isolation.cgroup.CgroupFiles.Write;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the launcher needs to run a step: the body of its RUN request, field by field.
 *
 * @param step name of the step
 * @param record where the launcher writes output and exit record, in its own view
 * @param root number of a mounted root
 * @param mounts done in this order
 * @param process what is executed
 * @param identity as whom, and with which powers
 * @param network what it reaches
 * @param terminal its terminal, null for a pipe
 * @param limits what ends it
 * @param cgroup what its cgroup gets and tells
 * @param runtime what makes its container, null for the launcher
 */
public record RunPlan(
    String step,
    String record,
    int root,
    List<MountOperation> mounts,
    ProcessPlan process,
    Identity identity,
    NetworkMode network,
    @Nullable Terminal terminal,
    Limits limits,
    CgroupPlan cgroup,
    @Nullable RuntimePlan runtime) {

  public RunPlan {
    mounts = List.copyOf(mounts);
  }

  /**
   * What is executed.
   *
   * @param environment {@code NAME=value}
   */
  public record ProcessPlan(
      String hostName,
      String workingDirectory,
      List<String> arguments,
      List<String> environment,
      int umask) {
    public ProcessPlan {
      arguments = List.copyOf(arguments);
      environment = List.copyOf(environment);
    }
  }

  /**
   * As whom.
   *
   * @param capabilities one bit for each Linux capability
   * @param noNewPrivileges whether executing a file can give none
   * @param seccomp name of a filter that the launcher holds
   * @param nesting whether it makes sandboxes itself
   */
  public record Identity(
      int uid,
      int gid,
      List<Integer> groups,
      long capabilities,
      boolean noNewPrivileges,
      String seccomp,
      boolean nesting) {
    public Identity {
      groups = List.copyOf(groups);
    }
  }

  /**
   * What ends the step.
   *
   * @param timeoutMillis 0 for none
   * @param diskDirectories measured together, in the launcher's view
   * @param cacheDirectories measured too, but only what they grow by counts
   * @param diskBytes 0 for no limit
   * @param diskFiles 0 for no limit
   */
  public record Limits(
      long timeoutMillis,
      long graceMillis,
      long outputBytes,
      List<String> diskDirectories,
      List<String> cacheDirectories,
      long diskBytes,
      long diskFiles,
      int oomScore,
      List<ResourceLimit> resources) {
    public Limits {
      diskDirectories = List.copyOf(diskDirectories);
      cacheDirectories = List.copyOf(cacheDirectories);
      resources = List.copyOf(resources);
    }
  }

  /**
   * A limit of setrlimit.
   *
   * @param resource Linux's number
   */
  public record ResourceLimit(int resource, long soft, long hard) {}

  /**
   * A program that makes the step's container.
   *
   * @param command in the view of process 1
   * @param configuration what it finds in its bundle
   */
  public record RuntimePlan(List<String> command, String configuration) {
    public RuntimePlan {
      command = List.copyOf(command);
    }

    /** The configuration has the environment of the step, and so its secrets. */
    @Override
    public String toString() {
      return "RuntimePlan" + command;
    }
  }

  /** What the step's cgroup gets before the start and tells after the end. */
  public record CgroupPlan(List<Write> writes, List<FileName> reads) {
    public CgroupPlan {
      writes = List.copyOf(writes);
      reads = List.copyOf(reads);
    }
  }
}
