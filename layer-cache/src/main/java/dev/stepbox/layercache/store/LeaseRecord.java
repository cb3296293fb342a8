package dev.stepbox.layercache.store;

import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;

/**
 * A lease as it stands in its file.
 *
 * @param pid of the process whose life keeps the lease after it has expired
 * @param started when that process started, as the kernel tells it; empty where it does not
 * @param bootId of the time in which the process id means that process
 */
record LeaseRecord(
    String owner, Instant expires, long pid, String started, String bootId, Holdings holdings) {

  static LeaseRecord of(String owner, Instant expires, ProcessHandle process, String bootId) {
    return new LeaseRecord(
        owner, expires, process.pid(), started(process), bootId, Holdings.nothing());
  }

  private static String started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("");
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
        && ProcessHandle.of(pid)
            .filter(ProcessHandle::isAlive)
            .filter(process -> started.isEmpty() || started.equals(started(process)))
            .isPresent();
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
