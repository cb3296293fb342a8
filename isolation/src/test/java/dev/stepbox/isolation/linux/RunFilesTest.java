package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.linux.RootRegister.Root;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.IdMap.Line;
import dev.stepbox.isolation.plan.RuntimeParts;
import dev.stepbox.isolation.plan.StoreView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The small files that the next engine reads. */
class RunFilesTest {
  @TempDir private Path directory;

  @Test
  void anyWordComesBack() {
    Path file = directory.resolve("notes");
    List<List<String>> lines =
        List.of(List.of("a", "", "tab\there", "%09", "100%"), List.of("line\nend\r", "ü"));
    Notes.write(file, lines);
    Notes.append(file, List.of("more"));
    assertThat(Notes.read(file)).containsExactly(lines.get(0), lines.get(1), List.of("more"));
  }

  @Test
  void aLineWithoutItsEndIsLeftOut() throws IOException {
    Path file = directory.resolve("notes");
    Notes.write(file, List.of(List.of("whole")));
    Files.writeString(file, "half", StandardOpenOption.APPEND);
    assertThat(Notes.read(file)).containsExactly(List.of("whole"));
    assertThat(Notes.read(directory.resolve("absent"))).isEmpty();
  }

  @Test
  void whatASupervisorWasStartedWithComesBack() {
    SequencedMap<String, Path> directories = new LinkedHashMap<>();
    directories.put("cpu", Path.of("/cg/cpu/b"));
    SupervisorRecord record =
        new SupervisorRecord(
            4711,
            Path.of("/store/run/socket"),
            new StoreView(Path.of("/store"), List.of(Path.of("/usr"), Path.of("/etc"))),
            new IdMap(
                IdMap.Writer.NEWUIDMAP,
                List.of(new Line(0, 1000, 1), new Line(1, 3_000_000_000L, 65535)),
                List.of(new Line(0, 1000, 1)),
                1),
            new BuildCgroup(
                Version.V1,
                directories,
                new CgroupFiles(Version.V1, new TreeMap<>(Map.of("cpuacct", "cpu")))),
            new RuntimeParts(OciRuntime.RUNC, Path.of("/usr/sbin/runc"), List.of()),
            List.of(new Announcement("single-id", "one\nid")));
    record.write(directory.resolve("supervisor"));
    assertThat(SupervisorRecord.read(directory.resolve("supervisor"))).contains(record);
    assertThat(SupervisorRecord.read(directory.resolve("absent"))).isEmpty();
  }

  @Test
  void mountedRootsComeBackWithTheirNumbers() {
    Path file = directory.resolve("roots");
    RootRegister register = new RootRegister(file);
    Root first =
        new Root(register.nextNumber(), List.of(Path.of("/a"), Path.of("/b")), List.of(), false);
    Root second = new Root(register.nextNumber(), List.of(), List.of(Path.of("/c")), true);
    register.add("first", first);
    register.add("second", second);
    register.remove("first");
    register.remove("first");

    RootRegister next = new RootRegister(file);
    assertThat(next.mounted()).containsExactly(new StageRoot("second"));
    assertThat(next.get("second")).isEqualTo(second);
    assertThat(next.find("first")).isNull();
    assertThat(next.nextNumber()).isEqualTo(3);
    assertThatThrownBy(() -> next.get("first")).isInstanceOf(SandboxException.class);
    assertThatThrownBy(() -> next.add("second", first)).isInstanceOf(SandboxException.class);
  }

  @Test
  void aSocketWithALongPathGoesElsewhere() {
    RunDirectory near = new RunDirectory(Path.of("/" + "x".repeat(91)));
    assertThat(near.socket(Path.of("/runtime"))).isEqualTo(near.path().resolve("socket"));
    RunDirectory far = new RunDirectory(Path.of("/" + "x".repeat(93)));
    assertThat(far.socket(Path.of("/runtime"))).isEqualTo(Path.of("/runtime", far.uniqueName()));
    assertThat(far.uniqueName()).matches("stepbox-[0-9a-f]{16}");
  }
}
