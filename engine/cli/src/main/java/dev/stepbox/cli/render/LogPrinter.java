package dev.stepbox.cli.render;

import dev.stepbox.cli.terminal.OutputText;
import dev.stepbox.cli.terminal.OutputText.Colours;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.log.StepLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Prints the stored output of steps one after the other; of a step that runs, what is new at each
 * call. Not thread-safe.
 */
public final class LogPrinter {

  /** How output is printed. */
  public enum Form {
    /** Byte for byte. */
    RAW,
    /** Without what would steer a terminal. */
    SAFE
  }

  /** Whether lines begin with a time. */
  public enum Times {
    /** They do: each with the time of its first byte. */
    SHOWN,
    /** They do not. */
    HIDDEN
  }

  /**
   * How output is printed.
   *
   * @param form raw or safe; times make it safe
   * @param times whether lines begin with a time
   * @param zone of the times
   * @param titled whether a line with the step's name comes first
   */
  public record Manner(Form form, Times times, ZoneId zone, boolean titled) {}

  private static final int CHUNK_BYTES = 64 * 1024;

  private final PrintStream out;
  private final Styles styles;
  private final LogSource logs;
  private final Manner manner;
  private final Clocks clocks;
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private final Set<StepKey> done = new HashSet<>();
  private @Nullable Current current;

  /** Makes a printer; the stream stays open. */
  public LogPrinter(PrintStream out, Styles styles, LogSource logs, Manner manner) {
    this.out = out;
    this.styles = styles;
    this.logs = logs;
    this.manner = manner;
    this.clocks = new Clocks(manner.zone());
  }

  /**
   * Prints what is new of the steps that have begun. The next step is begun when the one before it
   * is over, so that their lines do not mix.
   */
  public void print(Set<StepKey> begun, Set<StepKey> over) throws IOException {
    for (StepKey step : begun) {
      if (done.contains(step)) {
        continue;
      }
      Current now = current;
      if (now == null || !now.step.equals(step)) {
        now = begin(step);
        current = now;
      }
      now.copy();
      if (!over.contains(step)) {
        break;
      }
      now.text.flush();
      done.add(step);
    }
    out.flush();
  }

  /** Prints what is there of the steps that are not over. */
  public void finish(Set<StepKey> begun) throws IOException {
    print(begun, begun);
  }

  private Current begin(StepKey step) {
    if (manner.titled()) {
      out.append(styles.bold("== " + step + " ==")).append('\n');
    }
    return new Current(step, logs.log(step));
  }

  /** The step that is being printed. */
  private final class Current {
    private final StepKey step;
    private final StepLog log;
    private final OutputText text;
    private long offset;
    private long lineStart;

    Current(StepKey step, StepLog log) {
      this.step = step;
      this.log = log;
      Colours colours = styles.coloured() ? Colours.KEEP : Colours.DROP;
      this.text = new OutputText(colours, this::line);
    }

    void copy() throws IOException {
      if (log.size() <= offset) {
        return;
      }
      try (InputStream in = log.open(offset)) {
        int count = in.read(chunk);
        while (count > 0) {
          take(count);
          offset += count;
          count = in.read(chunk);
        }
      }
    }

    private void take(int count) {
      if (manner.times() == Times.HIDDEN) {
        if (manner.form() == Form.RAW) {
          out.write(chunk, 0, count);
        } else {
          text.accept(chunk, 0, count);
        }
        return;
      }
      int from = 0;
      for (int at = 0; at < count; at++) {
        if (chunk[at] == '\n') {
          text.accept(chunk, from, at + 1 - from);
          from = at + 1;
          lineStart = offset + from;
        }
      }
      text.accept(chunk, from, count - from);
    }

    private void line(byte[] bytes, int from, int length) {
      if (manner.times() == Times.SHOWN) {
        out.append(styles.dim(time())).append(' ');
      }
      out.write(bytes, from, length);
      out.write('\n');
    }

    private String time() {
      try {
        return clocks.text(log.timeAt(lineStart));
      } catch (IOException ignored) {
        // The index is missing; the text is worth more than its time.
        return "--:--:--.---";
      }
    }
  }
}
