package dev.stepbox.pipeline.diagnostic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What has been found in a pipeline, up to a number. The same thing is kept once, however often an
 * alias leads to it. Not safe for several threads.
 */
public final class Findings {
  // No lambda: this is on the way of every start of the program.
  private static final Comparator<Diagnostic> BY_PLACE =
      new Comparator<>() {
        @Override
        public int compare(Diagnostic one, Diagnostic other) {
          int lines = Integer.compare(one.range().startLine(), other.range().startLine());
          return lines != 0
              ? lines
              : Integer.compare(one.range().startColumn(), other.range().startColumn());
        }
      };

  private final Set<Diagnostic> errors = new LinkedHashSet<>();
  private final Set<Diagnostic> warnings = new LinkedHashSet<>();
  private final int max;

  /** An empty collection that keeps at most {@code max} errors and as many warnings. */
  public Findings(int max) {
    this.max = max;
  }

  public void add(DiagnosticCode code, SourceRange range, String message, String label) {
    add(code, range, message, label, null);
  }

  public void add(
      DiagnosticCode code, SourceRange range, String message, String label, @Nullable String hint) {
    add(new Diagnostic(code, message, range, label, hint, List.of()));
  }

  public void add(Diagnostic diagnostic) {
    Set<Diagnostic> found =
        switch (diagnostic.severity()) {
          case ERROR -> errors;
          case WARNING -> warnings;
        };
    if (found.size() < max) {
      found.add(diagnostic);
    }
  }

  /** Whether no more errors are kept. */
  public boolean isFull() {
    return errors.size() >= max;
  }

  public boolean hasErrors() {
    return !errors.isEmpty();
  }

  /** Everything in the order of the text. */
  public List<Diagnostic> sorted() {
    List<Diagnostic> all = new ArrayList<>(errors);
    all.addAll(warnings);
    all.sort(BY_PLACE);
    return all;
  }
}
