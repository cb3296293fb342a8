package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.RuntimeParts;
import dev.stepbox.isolation.plan.StoreView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an engine must know about a running supervisor, kept on disk beside its socket.
 *
 * @param pid its process
 * @param socket where it listens
 * @param view the names of directories
 * @param ids its id map
 * @param cgroup its cgroups
 * @param runtime what makes the containers of its steps, null for the launcher
 * @param announcements what does not hold
 */
record SupervisorRecord(
    long pid,
    Path socket,
    StoreView view,
    IdMap ids,
    BuildCgroup cgroup,
    @Nullable RuntimeParts runtime,
    List<Announcement> announcements) {

  SupervisorRecord {
    announcements = List.copyOf(announcements);
  }

  void write(Path file) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("pid", Long.toString(pid)));
    lines.add(List.of("socket", socket.toString()));
    lines.add(List.of("store", view.store().toString()));
    view.shown().forEach(path -> lines.add(List.of("shown", path.toString())));
    lines.add(List.of("id-map", ids.writer().name()));
    ids.users().forEach(line -> lines.add(idLine("uid", line)));
    ids.groups().forEach(line -> lines.add(idLine("gid", line)));
    lines.add(List.of("step-zero", Integer.toString(ids.stepZero())));
    lines.add(List.of("cgroup", cgroup.version().name()));
    cgroup
        .directories()
        .forEach((name, path) -> lines.add(List.of("cgroup-directory", name, path.toString())));
    cgroup
        .files()
        .hierarchies()
        .forEach((controller, name) -> lines.add(List.of("controller", controller, name)));
    RuntimeParts parts = runtime;
    if (parts != null) {
      lines.add(List.of("runtime", parts.kind().name(), parts.program().toString()));
    }
    announcements.forEach(each -> lines.add(List.of("announce", each.code(), each.message())));
    Notes.write(file, lines);
  }

  private static List<String> idLine(String key, IdMap.Line line) {
    return List.of(
        key,
        Integer.toString(line.inside()),
        Long.toString(line.outside()),
        Integer.toString(line.count()));
  }

  /** Reads a record; empty when there is none. */
  static Optional<SupervisorRecord> read(Path file) {
    List<List<String>> lines = Notes.read(file);
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    Map<String, List<List<String>>> byKey = new LinkedHashMap<>();
    for (List<String> line : lines) {
      byKey.computeIfAbsent(line.getFirst(), _ -> new ArrayList<>()).add(line);
    }
    StoreView view =
        new StoreView(
            Path.of(one(byKey, "store")),
            all(byKey, "shown").stream().map(line -> Path.of(line.get(1))).toList());
    IdMap ids =
        new IdMap(
            IdMap.Writer.valueOf(one(byKey, "id-map")),
            all(byKey, "uid").stream().map(SupervisorRecord::idLine).toList(),
            all(byKey, "gid").stream().map(SupervisorRecord::idLine).toList(),
            Integer.parseInt(one(byKey, "step-zero")));
    return Optional.of(
        new SupervisorRecord(
            Long.parseLong(one(byKey, "pid")),
            Path.of(one(byKey, "socket")),
            view,
            ids,
            cgroup(byKey),
            all(byKey, "runtime").stream().findFirst().map(SupervisorRecord::runtime).orElse(null),
            all(byKey, "announce").stream()
                .map(line -> new Announcement(line.get(1), line.get(2)))
                .toList()));
  }

  /** It has its libraries already. */
  private static RuntimeParts runtime(List<String> line) {
    return new RuntimeParts(OciRuntime.valueOf(line.get(1)), Path.of(line.get(2)), List.of());
  }

  private static IdMap.Line idLine(List<String> line) {
    return new IdMap.Line(
        Integer.parseInt(line.get(1)), Long.parseLong(line.get(2)), Integer.parseInt(line.get(3)));
  }

  private static BuildCgroup cgroup(Map<String, List<List<String>>> byKey) {
    Version version = Version.valueOf(one(byKey, "cgroup"));
    SequencedMap<String, Path> directories = new LinkedHashMap<>();
    all(byKey, "cgroup-directory")
        .forEach(line -> directories.put(line.get(1), Path.of(line.get(2))));
    SortedMap<String, String> hierarchies = new TreeMap<>();
    all(byKey, "controller").forEach(line -> hierarchies.put(line.get(1), line.get(2)));
    return new BuildCgroup(version, directories, new CgroupFiles(version, hierarchies));
  }

  private static String one(Map<String, List<List<String>>> byKey, String key) {
    List<List<String>> lines = all(byKey, key);
    if (lines.isEmpty()) {
      throw FrameReader.broken("the supervisor's record lacks '%s'".formatted(key));
    }
    return lines.getFirst().get(1);
  }

  private static List<List<String>> all(Map<String, List<List<String>>> byKey, String key) {
    return byKey.getOrDefault(key, List.of());
  }
}
