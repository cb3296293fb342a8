package dev.stepbox.engine.log;

import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import dev.stepbox.engine.EngineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * The logs of one build. Thread-safe. Every method throws {@link EngineException} with {@link
 * dev.stepbox.engine.ErrorCode#HOME_UNUSABLE} or {@link dev.stepbox.engine.ErrorCode#NO_SPACE}.
 */
public final class StepLogs implements AutoCloseable {

  private final Path directory;
  private final Map<Key, LogWriter> writers = new HashMap<>();

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
      return writer.size();
    }
    if (!Files.exists(key.files(directory).text())) {
      return 0;
    }
    try (LogWriter old = LogWriter.open(key.files(directory))) {
      return old.size();
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
