package dev.stepbox.layercache;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Hands what is written on to a sink, and knows how much it was. */
final class DataStream extends OutputStream {
  private final DataSink sink;
  private long length;
  private boolean isWanted = true;

  DataStream(DataSink sink) {
    this.sink = sink;
  }

  long length() {
    return length;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    if (isWanted && count > 0) {
      isWanted = sink.take(length, Arrays.copyOfRange(bytes, from, from + count));
    }
    length += count;
  }
}
