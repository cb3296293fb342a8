package dev.stepbox.pipeline.diagnostic;

/**
 * A piece of a source text. Lines and columns count from 1; columns count code points; the end is
 * exclusive, so an empty range ends where it starts.
 */
public record SourceRange(
    SourceName file, int startLine, int startColumn, int endLine, int endColumn) {
  public SourceRange {
    if (startLine < 1 || startColumn < 1) {
      throw new IllegalArgumentException(
          "a range starts at line 1, column 1 or later, got %d:%d"
              .formatted(startLine, startColumn));
    }
    if (endLine < startLine || (endLine == startLine && endColumn < startColumn)) {
      throw new IllegalArgumentException(
          "a range ends at or after its start %d:%d, got %d:%d"
              .formatted(startLine, startColumn, endLine, endColumn));
    }
  }

  /** The single character at a position. */
  public static SourceRange at(SourceName file, int line, int column) {
    return new SourceRange(file, line, column, line, column + 1);
  }

  /** {@code file:line:column}, the form that editors and terminals make clickable. */
  public String position() {
    return file.value() + ":" + startLine + ":" + startColumn;
  }

  @Override
  public String toString() {
    return position();
  }
}
