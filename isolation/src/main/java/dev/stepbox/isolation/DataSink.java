package dev.stepbox.isolation;

import java.io.IOException;

/** Takes the data of a file, which may have holes between its pieces. */
public interface DataSink {
  /**
   * Takes a piece. Pieces come in their order.
   *
   * @param at where it lies in the file
   * @return false to end the reading
   */
  boolean take(long at, byte[] data) throws IOException;
}
