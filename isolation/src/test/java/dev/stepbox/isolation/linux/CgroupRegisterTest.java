package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.StoreView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories play cgroups; a note with an engine that is none plays a killed one. */
class CgroupRegisterTest {
  private static final List<IdMap.Line> OWN_ID = List.of(new IdMap.Line(0, 1000, 1));

  @TempDir private Path home;

  private Path notes;
  private RunDirectory run;
  private Path cgroup;
  private CgroupRegister register;

  @BeforeEach
  void makeABuild() throws IOException {
    notes = home.resolve("notes");
    run = new RunDirectory(home.resolve("builds/1/run"));
    run.create();
    cgroup = Files.createDirectories(home.resolve("cgroup").resolve(run.uniqueName()));
    Files.createDirectory(cgroup.resolve("step"));
    register = new CgroupRegister(notes);
  }

  private BuildCgroup cgroups() {
    var directories = new LinkedHashMap<String, Path>();
    directories.put("memory", cgroup);
    return new BuildCgroup(Version.V1, directories, CgroupFiles.none());
  }

  private Path note() {
    return notes.resolve(run.uniqueName());
  }

  /** The engine that made the note is killed, and its number may be another process's. */
  private void killEngine() {
    Notes.write(
        note(),
        Notes.read(note()).stream()
            .map(line ->
                line.getFirst().equals("engine") ? List.of("engine", line.get(1), "1") : line)
            .toList());
  }

  @Test
  void whatAKilledEngineHasLeftIsRemovedWhenTheNextBuildBegins() {
    register.enter(run, cgroups());
    killEngine();
    register.enter(
        new RunDirectory(home.resolve("builds/2/run")),
        new BuildCgroup(
            Version.V1, new LinkedHashMap<>(cgroups().directories()), CgroupFiles.none()));
    assertThat(cgroup).doesNotExist();
    assertThat(note()).doesNotExist();
  }

  @Test
  void whatALivingEngineHasIsLeftAlone() {
    register.enter(run, cgroups());
    register.sweep();
    assertThat(cgroup).exists();
    assertThat(note()).exists();
  }

  @Test
  void whatALivingSupervisorHasIsLeftAlone() throws IOException {
    register.enter(run, cgroups());
    killEngine();
    Process supervisor =
        new ProcessBuilder("sh", "-c", "read ignored", home.resolve("socket").toString()).start();
    new SupervisorRecord(
            supervisor.pid(),
            home.resolve("socket"),
            new StoreView(home, List.of()),
            new IdMap(IdMap.Writer.DIRECT, OWN_ID, OWN_ID, 0),
            cgroups(),
            null,
            List.of())
        .write(run.record());
    try {
      register.sweep();
      assertThat(cgroup).exists();
    } finally {
      supervisor.destroyForcibly().onExit().join();
    }
    register.sweep();
    assertThat(cgroup).doesNotExist();
  }

  @Test
  void whatHoldsAProcessIsLeftAlone() throws IOException {
    register.enter(run, cgroups());
    killEngine();
    Files.writeString(cgroup.resolve("step/cgroup.procs"), "4711\n");
    register.sweep();
    assertThat(cgroup.resolve("step")).exists();
    assertThat(note()).exists();
    Files.delete(cgroup.resolve("step/cgroup.procs"));
    register.sweep();
    assertThat(cgroup).doesNotExist();
  }

  @Test
  void aDirectoryOfAnotherNameIsNeverTouched() throws IOException {
    Path foreign = Files.createDirectory(home.resolve("foreign"));
    register.enter(run, cgroups());
    Notes.append(note(), List.of("cgroup", foreign.toString()));
    killEngine();
    register.sweep();
    assertThat(cgroup).doesNotExist();
    assertThat(foreign).exists();
  }

  @Test
  void aBuildThatHasRemovedItsCgroupsIsForgotten() {
    register.enter(run, cgroups());
    register.leave(run);
    register.leave(run);
    assertThat(note()).doesNotExist();
  }

  @Test
  void aBuildWithoutCgroupsIsNotNoted() {
    register.enter(run, BuildCgroup.none());
    register.sweep();
    assertThat(notes).doesNotExist();
  }

  @Test
  void cgroupsOfAKilledDoctorAreRemovedByTheNextBuild() throws IOException {
    Path own = Files.createDirectories(home.resolve("cgroup/stepbox-doctor-1"));
    var directories = new LinkedHashMap<String, Path>();
    directories.put("memory", own);
    register.enter(
        "stepbox-doctor-1", new BuildCgroup(Version.V1, directories, CgroupFiles.none()));
    Path doctors = notes.resolve("stepbox-doctor-1");
    register.sweep();
    assertThat(own).as("it lives").exists();
    Notes.write(
        doctors,
        Notes.read(doctors).stream()
            .map(line ->
                line.getFirst().equals("engine") ? List.of("engine", line.get(1), "1") : line)
            .toList());
    register.sweep();
    assertThat(own).doesNotExist();
    assertThat(doctors).doesNotExist();
  }
}
