package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** Says in plain words what the YAML scanner stumbled over. */
final class SyntaxProblems {
  private static final String TAB = "'\\t(TAB)'";

  static Diagnostic describe(SourceName name, MarkedYAMLException failure) {
    String problem = orEmpty(failure.getProblem());
    String context = orEmpty(failure.getContext());
    Mark mark = failure.getProblemMark();
    Mark contextMark = failure.getContextMark();
    if (mark == null) {
      mark = contextMark;
    }
    SourceRange range = mark == null ? SourceRange.at(name, 1, 1) : at(name, mark);
    List<Diagnostic.Related> related =
        contextMark == null || isSame(contextMark, mark)
            ? List.of()
            : List.of(new Diagnostic.Related(at(name, contextMark), context));
    return new Diagnostic(
        DiagnosticCode.SYNTAX,
        "cannot read the YAML: " + (problem.isEmpty() ? context : problem),
        range,
        related.isEmpty() && !problem.isEmpty() ? context : "",
        hint(problem, context),
        related);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text.strip().replace('\n', ' ');
  }

  private static SourceRange at(SourceName name, Mark mark) {
    return SourceRange.at(name, mark.getLine() + 1, mark.getColumn() + 1);
  }

  private static boolean isSame(Mark one, @Nullable Mark other) {
    return other != null && one.getIndex() == other.getIndex();
  }

  private static @Nullable String hint(String problem, String context) {
    if (problem.contains(TAB)) {
      return "indent with spaces, not with tabs";
    }
    if (problem.contains("mapping values are not allowed")) {
      return "put a text that contains ': ' in quotes, or write it below '|'";
    }
    if (context.contains("scanning an alias")) {
      return "a text that starts with '*' must be quoted";
    }
    if (context.contains("scanning an anchor")) {
      return "a text that starts with '&' must be quoted";
    }
    if (context.contains("tag")) {
      return "a text that starts with '!' must be quoted";
    }
    if (problem.contains("cannot start any token")) {
      return "a text that starts with this character must be quoted";
    }
    if (problem.contains("unknown escape")) {
      return "use single quotes where '\\' should stay as it is";
    }
    if (problem.contains("expected <block end>")) {
      return "check the indentation: keys of one mapping start in the same column";
    }
    if (problem.endsWith("but got {")) {
      return "between brackets, put a text that contains '{' in quotes";
    }
    if (context.contains("flow mapping") || context.contains("flow sequence")) {
      return "close the bracket, or put ',' between the items";
    }
    if (problem.contains("end of stream") && context.contains("quoted scalar")) {
      return "close the quotes";
    }
    if (problem.contains("could not find expected ':'")) {
      return "a key is followed by ': ', a list item starts with '- '";
    }
    return null;
  }

  private SyntaxProblems() {}
}
