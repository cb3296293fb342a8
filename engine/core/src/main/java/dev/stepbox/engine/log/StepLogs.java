package dev.stepbox.engine.log;

import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.home.DiskSync;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The logs of one build. Thread-safe. Every method throws {@link EngineException} with {@link
 * dev.stepbox.engine.ErrorCode#HOME_UNUSABLE} or {@link dev.stepbox.engine.ErrorCode#NO_SPACE}.
 */
public final class StepLogs implements AutoCloseable {

  private final Path directory;
  private final Map<Key, LogWriter> writers = new HashMap<>();
  private final Set<Key> unsynced = new LinkedHashSet<>();
  private boolean areOldOnesSynced;

  /** The logs in a directory, which is made when the first step prints. */
  public StepLogs(Path directory) {
    this.directory = directory;
  }

  /** Store a piece of output; it survives the death of this process when this returns. */
  public synchronized void append(StepOutput output) {
    writer(new Key(output.attempt().stage(), output.step())).append(output);
  }

  /**
   * The step is over.
   *
   * @return how many bytes its log has
   */
  public synchronized long finish(String stage, int step) {
    Key key = new Key(stage, step);
    LogWriter writer = writers.remove(key);
    if (writer != null) {
      writer.close();
      unsynced.add(key);
      return writer.size();
    }
    if (!Files.exists(key.files(directory).text())) {
      return 0;
    }
    try (LogWriter old = LogWriter.open(key.files(directory))) {
      return old.size();
    }
  }

  /** Returns when the logs of steps that are over survive a power cut. */
  public void sync() {
    Set<Key> taken;
    boolean hasEarlier;
    synchronized (this) {
      taken = Set.copyOf(unsynced);
      unsynced.clear();
      hasEarlier = !areOldOnesSynced;
      areOldOnesSynced = true;
    }
    if (hasEarlier) {
      // An earlier engine may have died before it did this.
      DiskSync.tree(directory);
    }
    Set<Path> folders = new HashSet<>();
    for (Key key : taken) {
      LogFiles files = key.files(directory);
      DiskSync.file(files.text());
      DiskSync.file(files.index());
      folders.add(directory.resolve(key.stage()));
    }
    folders.forEach(DiskSync::file);
    if (!folders.isEmpty()) {
      DiskSync.file(directory);
    }
  }

  /** How many bytes the log of a step has, whether or not it is over. */
  public long size(String stage, int step) {
    Path text = LogFiles.of(directory, stage, step).text();
    try {
      return Files.exists(text) ? Files.size(text) : 0;
    } catch (IOException e) {
      throw DiskFailures.of("measure the log", text, e);
    }
  }

  /**
   * Where the stored output of a step ends in its raw output, after a restart of the engine; what
   * was not finished is cut off.
   */
  public synchronized long rawOffset(String stage, int step) {
    Key key = new Key(stage, step);
    return Files.exists(key.files(directory).text()) ? writer(key).rawOffset() : 0;
  }

  /**
   * The log of a step.
   *
   * @param stage id of the stage
   * @param step index of the step
   * @param begin when the step began: the time of output without one
   */
  public StepLog read(String stage, int step, Instant begin) {
    return new StoredLog(LogFiles.of(directory, stage, step), begin);
  }

  private LogWriter writer(Key key) {
    return writers.computeIfAbsent(key, made -> LogWriter.open(made.files(directory)));
  }

  @Override
  public synchronized void close() {
    writers.values().forEach(LogWriter::close);
    writers.clear();
  }

  private record Key(String stage, int step) {
    LogFiles files(Path directory) {
      return LogFiles.of(directory, stage, step);
    }
  }
}
