package dev.stepbox.engine.run;

import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.home.StoredRequest;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.Planner;
import dev.stepbox.pipeline.ParseResult;
import dev.stepbox.pipeline.PipelineParser;
import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceText;
import dev.stepbox.pipeline.expand.ExpandResult;
import dev.stepbox.pipeline.expand.Expander;
import dev.stepbox.pipeline.expand.WhenContext;
import dev.stepbox.pipeline.model.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Plans of new and of kept builds. */
final class Plans {

  private Plans() {}

  /** The plan of a request whose source is on that branch. */
  static BuildPlan of(BuildRequest request, @Nullable String branch) {
    var context = new WhenContext(branch, request.environment(), request.parameters());
    return expand(request.pipeline(), context, request.stages());
  }

  /** The plan of a build, made again from what is kept with it. */
  static BuildPlan of(BuildDirectory directory, StoredRequest request) {
    var context = new WhenContext(request.branch(), request.environment(), request.parameters());
    return expand(parse(directory, request), context, request.stages());
  }

  private static Pipeline parse(BuildDirectory directory, StoredRequest request) {
    try {
      var text =
          SourceText.of(
              new SourceName(request.pipeline()), Files.readAllBytes(directory.pipeline()));
      return switch (PipelineParser.parse(text)) {
        case ParseResult.Parsed parsed -> parsed.pipeline();
        case ParseResult.Rejected rejected ->
            throw new EngineException(
                ErrorCode.INVALID_PLAN,
                ("cannot plan build %s again: this version of Stepbox does not accept its"
                        + " pipeline:%s")
                    .formatted(directory.build(), lines(rejected.diagnostics())));
      };
    } catch (IOException e) {
      throw DiskFailures.of("read the pipeline", directory.pipeline(), e);
    }
  }

  private static BuildPlan expand(Pipeline pipeline, WhenContext context, List<String> stages) {
    return switch (Expander.expand(pipeline, context)) {
      case ExpandResult.Expanded expanded -> Planner.plan(expanded.pipeline(), stages);
      case ExpandResult.Rejected rejected ->
          throw new EngineException(
              isAboutParameters(rejected.diagnostics())
                  ? ErrorCode.INVALID_REQUEST
                  : ErrorCode.INVALID_PLAN,
              "cannot plan '%s' with what was given:%s"
                  .formatted(pipeline.file(), lines(rejected.diagnostics())));
    };
  }

  /** Parameters are given with the request; everything else is written in the pipeline. */
  private static boolean isAboutParameters(List<Diagnostic> diagnostics) {
    return diagnostics.stream()
        .allMatch(found ->
            found.code() == DiagnosticCode.PARAMETER_VALUE
                || found.code() == DiagnosticCode.UNKNOWN_PARAMETER);
  }

  private static String lines(List<Diagnostic> diagnostics) {
    return diagnostics.stream()
        .map(found ->
            "\n  %s: %s%s"
                .formatted(
                    found.range().position(),
                    found.message(),
                    found.hint() == null ? "" : " (" + found.hint() + ")"))
        .collect(Collectors.joining());
  }
}
