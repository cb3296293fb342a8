package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * A stream on which every text is {@link Legible}, whoever wrote it. Bytes pass as they are: they
 * are the output of steps, which {@link OutputText} has read.
 */
public final class LegibleStream extends PrintStream {

  /** Writes UTF-8; the stream is flushed by whoever writes. */
  public LegibleStream(OutputStream out) {
    super(out, false, UTF_8);
  }

  @Override
  public void print(@Nullable String text) {
    super.print(Legible.of(String.valueOf(text)));
  }

  @Override
  public void print(@Nullable Object shown) {
    print(String.valueOf(shown));
  }

  @Override
  public void print(char[] text) {
    print(new String(text));
  }
}
