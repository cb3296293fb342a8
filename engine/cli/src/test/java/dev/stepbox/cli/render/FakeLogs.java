package dev.stepbox.cli.render;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.log.StepLog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Output of steps in memory. */
final class FakeLogs implements LogSource {

  private final Map<StepKey, Log> logs = new HashMap<>();

  /** Adds output to a step, printed at a time in milliseconds after noon. */
  FakeLogs print(String stage, int number, String text, long at) {
    log(new StepKey(stage, null, number)).append(text, BuildStory.NOON.plusMillis(at));
    return this;
  }

  @Override
  public Log log(StepKey step) {
    return logs.computeIfAbsent(step, _ -> new Log());
  }

  /** The output of one step. */
  static final class Log implements StepLog {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Mark> marks = new ArrayList<>();

    private record Mark(long offset, Instant time) {}

    private void append(String text, Instant time) {
      marks.add(new Mark(bytes.size(), time));
      bytes.writeBytes(text.getBytes(UTF_8));
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public InputStream open(long offset) {
      byte[] all = bytes.toByteArray();
      return new ByteArrayInputStream(all, (int) offset, all.length - (int) offset);
    }

    @Override
    public long tail(int lines) {
      byte[] all = bytes.toByteArray();
      int seen = 0;
      for (int at = all.length - 2; at >= 0; at--) {
        if (all[at] == '\n' && ++seen == lines) {
          return at + 1L;
        }
      }
      return 0;
    }

    @Override
    public Instant timeAt(long offset) {
      return marks.stream()
          .filter(mark -> mark.offset <= offset)
          .reduce((_, later) -> later)
          .orElseThrow()
          .time;
    }
  }
}
