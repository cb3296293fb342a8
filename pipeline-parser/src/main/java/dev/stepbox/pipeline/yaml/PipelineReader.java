package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.MISPLACED_KEY;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.VERSION;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.WRONG_TYPE;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceText;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.schema.Language;
import dev.stepbox.pipeline.schema.Shape;
import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import org.jspecify.annotations.Nullable;

/** Reads a file as far as it can be read without regard to how its stages fit together. */
public final class PipelineReader {
  private static final String VERSION_KEY = "stepbox";

  /** Whether every stage and step of the file is in the model. */
  public enum Completeness {
    WHOLE,
    PARTIAL
  }

  /**
   * What was read.
   *
   * @param pipeline with an error among the findings, it is good for further checks only
   */
  public record Reading(Pipeline pipeline, Completeness completeness) {}

  /** Reads a file and adds what is wrong with it; null if too little could be understood. */
  public static @Nullable Reading read(SourceText source, Findings problems) {
    Mapping root = readTree(source, problems);
    if (root == null) {
      return null;
    }
    ShapeChecker checker = new ShapeChecker(problems);
    checker.check("the file", root, Language.PIPELINE);
    checkFirstKey(root, problems);
    ModelBuilder builder = new ModelBuilder(source.name(), problems, checker);
    Pipeline pipeline = builder.build(root);
    return new Reading(pipeline, builder.completeness());
  }

  private static @Nullable Mapping readTree(SourceText source, Findings problems) {
    String text = new TextGate(source.name(), problems).open(source);
    YamlNode root = text == null ? null : YamlReader.read(source.name(), text, problems);
    if (root == null) {
      return null;
    }
    if (!(root instanceof Mapping mapping)) {
      problems.add(
          WRONG_TYPE,
          root.range(),
          "a pipeline must be a mapping",
          "",
          "for example '" + Language.PIPELINE.example() + "'");
      return null;
    }
    return isKnownVersion(mapping, problems) ? mapping : null;
  }

  /** Nothing else can be said about a file of another version. */
  private static boolean isKnownVersion(Mapping root, Findings problems) {
    Entry version = root.entry(VERSION_KEY);
    if (version == null || !(version.value() instanceof YamlNode.Scalar scalar)) {
      return true;
    }
    Findings found = new Findings(1);
    new ScalarChecker(found).check("'stepbox'", scalar, new Shape.Version(Language.VERSION));
    for (Diagnostic problem : found.sorted()) {
      if (problem.code() == VERSION) {
        problems.add(problem);
        return false;
      }
    }
    return true;
  }

  private static void checkFirstKey(Mapping root, Findings problems) {
    Entry version = root.entry(VERSION_KEY);
    if (version != null && !root.entries().getFirst().name().equals(VERSION_KEY)) {
      problems.add(
          MISPLACED_KEY,
          version.key().range(),
          "'stepbox' must be the first key of the file",
          "not the first",
          "move this line to the top");
    }
  }

  private PipelineReader() {}
}
