package dev.stepbox.layercache.store;

import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;

/**
 * A lease as it stands in its file.
 *
 * @param pid of the process whose life keeps the lease after it has expired
 * @param started when that process started, in the kernel's ticks since the boot: a time of day
 *     changes when the clock is set; empty where the kernel does not tell
 * @param bootId of the time in which the process id means that process
 */
record LeaseRecord(
    String owner, Instant expires, long pid, String started, String bootId, Holdings holdings) {

  /** Place of the start time among the words of {@code /proc/PID/stat} after the name. */
  private static final int START_TICKS = 19;

  static LeaseRecord of(String owner, Instant expires, ProcessHandle process, String bootId) {
    return new LeaseRecord(
        owner, expires, process.pid(), started(process), bootId, Holdings.nothing());
  }

  private static String started(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc/%d/stat".formatted(process.pid())));
      // The name of the program, in parentheses, may hold anything.
      String[] rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ", START_TICKS + 2);
      return rest.length > START_TICKS ? rest[START_TICKS] : "";
    } catch (IOException e) {
      // It has just ended, or this is no Linux; then its number alone has to do.
      return "";
    }
  }

  /** Whether a process that has the number now can be the one that the lease was begun for. */
  private boolean isSame(ProcessHandle process) {
    boolean isKnown = !started.isEmpty() && started.chars().allMatch(Character::isDigit);
    return !isKnown || started.equals(started(process));
  }

  LeaseRecord until(Instant time, ProcessHandle process, String boot) {
    return new LeaseRecord(owner, time, process.pid(), started(process), boot, holdings);
  }

  LeaseRecord holding(Holdings more) {
    return new LeaseRecord(owner, expires, pid, started, bootId, holdings.and(more));
  }

  boolean isAlive(Instant now, String currentBootId) {
    if (now.isBefore(expires)) {
      return true;
    }
    return bootId.equals(currentBootId)
        && ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(this::isSame).isPresent();
  }

  StoreRecord toRecord() {
    return new StoreRecord()
        .with("owner", owner)
        .with("expires", expires.toString())
        .with("pid", pid)
        .with("started", started)
        .with("boot", bootId)
        .withAll("layer", holdings.layers())
        .withAll("image", holdings.images())
        .withAll("cache", holdings.caches())
        .withAll("write", holdings.writes());
  }

  static Holdings holdings(StoreRecord record) {
    return new Holdings(
        Set.copyOf(record.all("layer")),
        Set.copyOf(record.all("image")),
        Set.copyOf(record.all("cache")),
        Set.copyOf(record.all("write")));
  }

  static Optional<LeaseRecord> read(Store store, Path file) throws IOException {
    Optional<StoreRecord> read = store.read(file);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    StoreRecord record = read.get();
    try {
      return Optional.of(
          new LeaseRecord(
              record.get("owner"),
              Instant.parse(record.get("expires")),
              record.number("pid"),
              record.get("started"),
              record.get("boot"),
              holdings(record)));
    } catch (Malformed | DateTimeParseException e) {
      throw Store.corrupt(file, e);
    }
  }
}
