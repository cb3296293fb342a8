package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.KillReason;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.StepReport;
import dev.stepbox.isolation.Usage;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.FileName;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * How a step ended, as the launcher tells it in an event and on disk.
 *
 * @param status as wait(2) gives it, when the outcome is that the command was executed
 * @param monoEnd when the last process was gone, on the clock of {@link System#nanoTime()}
 * @param startNanos from the arrival of the request to the execution
 */
record ExitBody(
    String step,
    Outcome outcome,
    int status,
    Reason reason,
    int errno,
    String operation,
    String text,
    long monoExec,
    long monoEnd,
    long startNanos,
    long outputBytes,
    long outputDropped,
    long oomKills,
    long forksRefused,
    long cpuNanos,
    Map<FileName, String> readings) {

  private static final byte[] MAGIC = "STEPBOX1".getBytes(US_ASCII);
  private static final int READING_BYTES_MIN = 16;
  private static final int SIGNAL_BITS = 0x7f;

  /** By the numbers of the protocol, less one. */
  enum Outcome {
    EXECUTED,
    SETUP_FAILED,
    EXEC_FAILED
  }

  /** By the numbers of the protocol. */
  enum Reason {
    NONE,
    TIMEOUT,
    DISK,
    OOM,
    PIDS,
    CANCEL,
    LOST
  }

  private record Reading(FileName name, int errno, String content) {}

  /** Reads the body of an event. */
  static ExitBody decode(FrameReader in) {
    String step = in.str();
    Outcome outcome = oneOf(Outcome.values(), in.u32() - 1, "outcome");
    int status = (int) in.u32();
    Reason reason = oneOf(Reason.values(), in.u32(), "reason");
    in.u32();
    int errno = in.i32();
    String operation = in.str();
    String text = in.str();
    long monoExec = in.u64();
    in.u64();
    long monoEnd = in.u64();
    in.u64();
    long startNanos = in.u64();
    long outputBytes = in.u64();
    long outputDropped = in.u64();
    long oomKills = in.u64();
    long forksRefused = in.u64();
    long cpuNanos = in.u64() + in.u64();
    List<Reading> readings =
        in.list(
            READING_BYTES_MIN,
            each ->
                new Reading(
                    new FileName(each.str(), each.str()),
                    each.i32(),
                    new String(each.bytes(), UTF_8)));
    Map<FileName, String> contents = new HashMap<>();
    for (Reading reading : readings) {
      if (reading.errno() == 0) {
        contents.put(reading.name(), reading.content());
      }
    }
    return new ExitBody(
        step,
        outcome,
        status,
        reason,
        errno,
        operation,
        text,
        monoExec,
        monoEnd,
        startNanos,
        outputBytes,
        outputDropped,
        oomKills,
        forksRefused,
        cpuNanos,
        Map.copyOf(contents));
  }

  /**
   * Reads the record that the launcher left on disk; empty when there is none, or none that is
   * whole.
   */
  static Optional<ExitBody> read(Path record) {
    byte[] file;
    try {
      file = Files.readAllBytes(record);
    } catch (NoSuchFileException ignored) {
      return Optional.empty();
    } catch (IOException e) {
      throw RunDirectory.unusable("read the exit record", record, e);
    }
    int prefix = MAGIC.length + Integer.BYTES;
    if (file.length < prefix + Integer.BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = in.getInt(MAGIC.length);
    boolean isWhole =
        in.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))
            && length == file.length - prefix - Integer.BYTES;
    if (!isWhole) {
      return Optional.empty();
    }
    CRC32C checksum = new CRC32C();
    checksum.update(in.slice(prefix, length));
    if ((int) checksum.getValue() != in.getInt(prefix + length)) {
      return Optional.empty();
    }
    return Optional.of(decode(new FrameReader(in.slice(prefix, length))));
  }

  /** The value of the contract. */
  SandboxExit toExit(CgroupFiles files) {
    boolean isOfGuest =
        files.version() != Version.V2
            && readings.keySet().stream()
                .anyMatch(name -> name.hierarchy().equals(CgroupFiles.UNIFIED));
    StepReport report = report(isOfGuest ? CgroupFiles.guest() : files);
    return switch (outcome) {
      case SETUP_FAILED, EXEC_FAILED -> new SandboxExit.NotStarted(operation, errno, text, report);
      case EXECUTED -> executed(report);
    };
  }

  private SandboxExit executed(StepReport report) {
    return switch (reason) {
      case TIMEOUT -> new SandboxExit.Killed(KillReason.TIMEOUT, report);
      case DISK -> new SandboxExit.Killed(KillReason.DISK, report);
      case OOM -> new SandboxExit.Killed(KillReason.OOM, report);
      case PIDS -> new SandboxExit.Killed(KillReason.PIDS, report);
      case CANCEL -> new SandboxExit.Cancelled(report);
      case LOST ->
          new SandboxExit.Lost(
              text.isEmpty() ? "process 1 of the sandbox was killed from outside" : text, report);
      case NONE -> {
        int signal = status & SIGNAL_BITS;
        yield signal == 0
            ? new SandboxExit.Exited(status >> 8 & 0xff, report)
            : new SandboxExit.Signaled(signal, report);
      }
    };
  }

  private StepReport report(CgroupFiles files) {
    Usage read = files.usage(readings);
    boolean isCounted = files.version() != Version.NONE;
    Duration cpu = read.cpu() == null ? Duration.ofNanos(cpuNanos) : read.cpu();
    Usage usage =
        new Usage(
            cpu,
            read.throttled(),
            read.memoryPeakBytes(),
            read.pidsPeak(),
            read.readBytes(),
            read.writtenBytes(),
            isCounted ? oomKills : null,
            isCounted ? forksRefused : null);
    long requested = monoExec == 0 ? 0 : monoExec - startNanos;
    return new StepReport(requested, monoExec, monoEnd, usage, outputBytes, outputDropped);
  }

  private static <T> T oneOf(T[] values, long index, String what) {
    if (index < 0 || index >= values.length) {
      throw FrameReader.broken("%s %d is not known".formatted(what, index));
    }
    return values[(int) index];
  }
}
