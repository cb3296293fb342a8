package dev.stepbox.isolation.cgroup;

import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.cgroup.CgroupHome.Scope;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Starts a program in a delegated scope of the user's systemd. Without root this is the only way
 * out of a login session, whose cgroup belongs to the system.
 */
public final class UserScope {
  private static final String STEPS = "steps";

  /**
   * Runs inside the scope: the program goes to a leaf of its own, since a cgroup with processes
   * cannot hand controllers down. A controller that is not delegated is left out.
   */
  private static final String ENTER =
      """
      scope=$1$(sed -n 's/^0:://p' /proc/self/cgroup)
      scope=${scope%%/}
      shift
      mkdir "$scope/supervisor" "$scope/%1$s" || exit 125
      echo $$ > "$scope/supervisor/cgroup.procs" || exit 125
      for controller in cpu memory pids io; do
        echo +$controller 2>/dev/null > "$scope/cgroup.subtree_control" &&
          echo +$controller > "$scope/%1$s/cgroup.subtree_control"
      done 2>/dev/null
      exec "$@" --cgroup-dir "%2$s=$scope/%1$s"
      """
          .formatted(STEPS, CgroupFiles.UNIFIED);

  private UserScope() {}

  /** The words to put before the launcher's command line. */
  public static List<String> prefix(Scope home, String unit) {
    return List.of(
        home.program().toString(),
        "--user",
        "--scope",
        "--quiet",
        "--collect",
        "--unit=" + unit,
        "--property=Delegate=yes",
        "/bin/sh",
        "-c",
        ENTER,
        "sh",
        home.mount().toString());
  }

  /**
   * The cgroups of a build whose supervisor was started in a scope.
   *
   * @param processCgroup text of the supervisor's {@code /proc/PID/cgroup}
   */
  public static BuildCgroup cgroup(Scope home, String processCgroup) {
    String leaf = Membership.parse(processCgroup).unified().orElse("/");
    Path steps = home.mount().resolve(leaf.substring(1)).resolveSibling(STEPS);
    SequencedMap<String, Path> directories = new LinkedHashMap<>();
    directories.put(CgroupFiles.UNIFIED, steps);
    return new BuildCgroup(Version.V2, directories, BuildCgroup.in(home, STEPS).files()).withSwap();
  }
}
