package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;

/** Places inside a value. */
final class Places {
  /**
   * The place of some chars of a value. Exact where the value stands in the file as it is (on one
   * line, without escapes); else the whole value.
   */
  static SourceRange within(Scalar scalar, int start, int end) {
    SourceRange range = scalar.range();
    String text = scalar.text();
    int quotes = scalar.isPlain() ? 0 : 1;
    int width = range.endColumn() - range.startColumn() - 2 * quotes;
    boolean isVerbatim =
        range.startLine() == range.endLine() && width == text.codePointCount(0, text.length());
    if (!isVerbatim) {
      return range;
    }
    int first = range.startColumn() + quotes;
    int from = first + text.codePointCount(0, start);
    int to = Math.max(from + 1, first + text.codePointCount(0, end));
    return new SourceRange(range.file(), range.startLine(), from, range.startLine(), to);
  }

  private Places() {}
}
