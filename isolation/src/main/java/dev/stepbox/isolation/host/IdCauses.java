package dev.stepbox.isolation.host;

import dev.stepbox.isolation.cgroup.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Why a sandbox has no more than one id, and what to do about it. */
final class IdCauses {
  private static final int SETUID = 04000;
  private static final long FIRST_ID_USUAL = 100_000;

  /** Below it are the accounts of the namespace itself. */
  private static final long FIRST_ID_NESTED = 10_000;

  private IdCauses() {}

  /** Why there is one id only. */
  static Cause ofOneId(HostFiles host) {
    if (!hasHelpers(host)) {
      return new Cause(
          "newuidmap and newgidmap are not installed",
          Outside.of(host) == Outside.NONE
              ? "sudo apt-get install uidmap"
              : "add the package uidmap to the image of this container");
    }
    String outer = host.text("proc/self/uid_map");
    boolean isNested = !IdMaps.isInitial(outer);
    if (isNested) {
      return ofNamespace(host, outer);
    }
    return new Cause(
        "user '%s' has no range in /etc/subuid and /etc/subgid".formatted(host.userName()),
        addRange(host, firstFreeId(host), IdMaps.IDS));
  }

  /** A range of /etc/subuid counts in a user namespace only if its ids exist there. */
  private static Cause ofNamespace(HostFiles host, String outer) {
    List<SubordinateIds> there = SubordinateIds.ofMap(outer);
    String text =
        "this process is in a user namespace already, which has the ids %s, and none of them is in"
                .formatted(SubordinateIds.ranges(there))
            + " a range of user '%s' in /etc/subuid and /etc/subgid".formatted(host.userName());
    Optional<SubordinateIds> room =
        there.stream().filter(ids -> ids.first() + ids.count() > FIRST_ID_NESTED + 1).findFirst();
    return room.map(ids -> new Cause(text, inNamespace(host, ids)))
        .orElseGet(() ->
            new Cause(
                text,
                "start the namespace around this process with a range of ids ('podman run' by a"
                    + " user who has one in /etc/subuid, or 'unshare --map-auto'), or start"
                    + " stepbox outside of it"));
  }

  private static String inNamespace(HostFiles host, SubordinateIds ids) {
    long first = Math.max(FIRST_ID_NESTED, ids.first());
    return "in the namespace: "
        + addRange(host, first, Math.min(IdMaps.IDS, ids.first() + ids.count() - first));
  }

  /** What root runs on a machine of its own; empty where that does not help. */
  static List<String> commands(HostFiles host) {
    List<String> commands = new ArrayList<>();
    if (!hasHelpers(host)) {
      commands.add("apt-get install --yes uidmap");
    }
    Optional<Path> helper = host.program("newuidmap");
    if (hasHelpers(host) && helper.isPresent() && !isSetuid(helper.get())) {
      commands.add("chmod u+s " + helper.get() + " " + helper.get().resolveSibling("newgidmap"));
    }
    if (!hasRange(host) && IdMaps.isInitial(host.text("proc/self/uid_map"))) {
      commands.add(addRange(host, firstFreeId(host), IdMaps.IDS).substring("sudo ".length()));
    }
    return commands;
  }

  private static boolean hasRange(HostFiles host) {
    IdMaps.Facts facts = host.idFacts();
    return SubordinateIds.of(SubordinateIds.parse(facts.subuid()), facts.userName(), facts.uid())
            .isPresent()
        && SubordinateIds.of(SubordinateIds.parse(facts.subgid()), facts.userName(), facts.uid())
            .isPresent();
  }

  private static String addRange(HostFiles host, long first, long count) {
    String range = first + "-" + (first + count - 1);
    return "sudo usermod --add-subuids %1$s --add-subgids %1$s %2$s"
        .formatted(range, host.userName());
  }

  /** Behind all ranges that are given away already. */
  private static long firstFreeId(HostFiles host) {
    long first = FIRST_ID_USUAL;
    for (String file : new String[] {"etc/subuid", "etc/subgid"}) {
      for (SubordinateIds range : SubordinateIds.parse(host.text(file))) {
        first = Math.max(first, range.first() + range.count());
      }
    }
    return first;
  }

  /** What to do when the helpers refuse a range that they should map. */
  static String helperRemedy(HostFiles host) {
    Optional<Path> helper = host.program("newuidmap");
    if (helper.isPresent() && !isSetuid(helper.get())) {
      return "sudo chmod u+s %s %s (or reinstall the package uidmap)"
          .formatted(helper.get(), helper.get().resolveSibling("newgidmap"));
    }
    if (helper.isPresent() && isWithoutSetuid(host, helper.get())) {
      return "mount the file system of %s without the option nosuid".formatted(helper.get());
    }
    if (host.text("proc/self/status").contains("NoNewPrivs:\t1")) {
      return "start this program without no_new_privs: the setuid helpers cannot work with it"
          + " (docker: no '--security-opt no-new-privileges', Kubernetes:"
          + " 'allowPrivilegeEscalation: true', systemd: 'NoNewPrivileges=no')";
    }
    if (!hasRoot(host)) {
      return "start the namespace around this process with the id 0 in its map: the setuid helpers"
          + " cannot become root where there is none";
    }
    return "look for a range in /etc/subuid or /etc/subgid that is not of the form"
        + " name:first:count";
  }

  private static boolean hasHelpers(HostFiles host) {
    return host.program("newuidmap").isPresent() && host.program("newgidmap").isPresent();
  }

  private static boolean hasRoot(HostFiles host) {
    String map = host.text("proc/self/uid_map");
    return map.isBlank() || SubordinateIds.ofMap(map).stream().anyMatch(ids -> ids.first() == 0);
  }

  private static boolean isWithoutSetuid(HostFiles host, Path program) {
    return MountTable.parse(host.mountInfo())
        .of(program)
        .filter(mount -> mount.options().contains("nosuid"))
        .isPresent();
  }

  private static boolean isSetuid(Path program) {
    try {
      return (((Number) Files.getAttribute(program, "unix:mode")).intValue() & SETUID) != 0;
    } catch (IOException ignored) {
      // Then it is not for us to say that the bit is missing.
      return true;
    }
  }
}
