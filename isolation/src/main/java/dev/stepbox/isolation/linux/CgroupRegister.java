package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Notes which cgroups the builds of a home have, before they are made: so those are found that an
 * engine made which was killed before anything else knew of them. A note is left in a file of the
 * build's unique name; one process at a time reads or writes them.
 */
final class CgroupRegister {
  private static final String LOCK = "lock";
  private static final String GLOB = "stepbox-*";

  /** The place of the start time behind the name in {@code /proc/PID/stat}, from 0. */
  private static final int START_TIME = 20;

  private final Path directory;

  /** A register in a directory, which is made when it is first needed. */
  CgroupRegister(Path directory) {
    this.directory = directory;
  }

  /** Notes the cgroups of a build, and removes those of builds that nobody carries on. */
  void enter(RunDirectory run, BuildCgroup cgroup) {
    enter(run.uniqueName(), cgroup, List.of(List.of("run", run.path().toString())));
  }

  /** Notes cgroups that are no build's, but this process's own, as {@link #enter} does. */
  void enter(String name, BuildCgroup cgroup) {
    enter(name, cgroup, List.of());
  }

  private void enter(String name, BuildCgroup cgroup, List<List<String>> more) {
    if (cgroup.directories().isEmpty()) {
      sweep();
      return;
    }
    locked(() -> {
      long pid = ProcessHandle.current().pid();
      List<List<String>> lines = new ArrayList<>();
      lines.add(List.of("engine", Long.toString(pid), startOf(pid)));
      lines.addAll(more);
      cgroup.directories().values().forEach(each -> lines.add(List.of("cgroup", each.toString())));
      Notes.write(directory.resolve(name), lines);
      sweepOthers();
    });
  }

  /** Forgets a build whose cgroups are removed. */
  void leave(RunDirectory run) {
    leave(run.uniqueName());
  }

  /** Forgets cgroups that are removed. */
  void leave(String name) {
    try {
      Files.deleteIfExists(directory.resolve(name));
    } catch (IOException e) {
      throw RunDirectory.unusable("remove", directory.resolve(name), e);
    }
  }

  /** Removes what builds have left that nobody carries on; others are left alone. */
  void sweep() {
    if (Files.isDirectory(directory)) {
      locked(this::sweepOthers);
    }
  }

  private void sweepOthers() throws IOException {
    try (DirectoryStream<Path> notes = Files.newDirectoryStream(directory, GLOB)) {
      for (Path note : notes) {
        sweep(note);
      }
    }
  }

  private static void sweep(Path note) throws IOException {
    if (note.toString().endsWith(".tmp")) {
      Files.deleteIfExists(note);
      return;
    }
    List<List<String>> lines = Notes.read(note);
    if (!isEngineAlive(lines) && !isSupervisorAlive(lines)) {
      String name = note.getFileName().toString();
      List<Path> cgroups =
          lines.stream()
              .filter(line -> line.size() == 2 && line.getFirst().equals("cgroup"))
              .map(line -> Path.of(line.get(1)))
              .filter(path -> path.endsWith(name))
              .toList();
      if (BuildCgroup.removeEmpty(cgroups)) {
        Files.deleteIfExists(note);
      }
    }
  }

  private static boolean isEngineAlive(List<List<String>> lines) {
    return lines.stream()
        .filter(line -> line.size() == 3 && line.getFirst().equals("engine"))
        .anyMatch(line ->
            !line.get(2).isEmpty() && line.get(2).equals(startOf(Long.parseLong(line.get(1)))));
  }

  /** A supervisor can outlive its engine; the next one attaches to it. */
  private static boolean isSupervisorAlive(List<List<String>> lines) {
    return lines.stream()
        .filter(line -> line.size() == 2 && line.getFirst().equals("run"))
        .map(line -> new RunDirectory(Path.of(line.get(1))).record())
        .map(CgroupRegister::recordAt)
        .flatMap(Optional::stream)
        .anyMatch(known -> SupervisorProcess.isListeningAt(known.socket(), known.pid()));
  }

  private static Optional<SupervisorRecord> recordAt(Path file) {
    try {
      return SupervisorRecord.read(file);
    } catch (SandboxException ignored) {
      // Nobody can attach by it either; whether a process is left is asked of the cgroups.
      return Optional.empty();
    }
  }

  /** When a process was started, by which it is told from a later one of its number. */
  private static String startOf(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.substring(stat.lastIndexOf(')') + 1).split(" ", -1)[START_TIME];
    } catch (IOException ignored) {
      return "";
    }
  }

  private interface Work {
    void go() throws IOException;
  }

  /** Threads of one process take turns by the monitor, since a lock is held for all of them. */
  private void locked(Work work) {
    synchronized (CgroupRegister.class) {
      try {
        Files.createDirectories(directory);
        try (FileChannel file =
                FileChannel.open(
                    directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            var _ = file.lock()) {
          work.go();
        }
      } catch (IOException e) {
        throw RunDirectory.unusable("keep the register of cgroups in", directory, e);
      }
    }
  }
}
