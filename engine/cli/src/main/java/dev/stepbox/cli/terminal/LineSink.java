package dev.stepbox.cli.terminal;

/** Takes lines that are safe to write to a terminal. */
@FunctionalInterface
public interface LineSink {

  /**
   * Takes one line.
   *
   * @param bytes holds UTF-8 text without a line end; only valid during the call
   * @param offset where the line begins
   * @param length how long it is
   */
  void line(byte[] bytes, int offset, int length);
}
