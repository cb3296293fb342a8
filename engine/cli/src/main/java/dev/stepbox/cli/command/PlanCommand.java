package dev.stepbox.cli.command;

import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.Look;
import dev.stepbox.cli.render.PlanGraph;
import dev.stepbox.cli.render.PlanReport;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.Wish;
import dev.stepbox.pipeline.model.Pipeline;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox plan}. */
final class PlanCommand implements Command {

  private static final String DOT = "--dot";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "plan",
            "[OPTIONS] [DIR]",
            "Show what would run, what is skipped, and why",
            "Works out the build of DIR/stepbox.yaml: stages with their matrix cells, what",
            "each needs, its steps, and for a skipped one the condition and what it saw.",
            "Ends with what the pipeline asks for and 'run' would refuse.",
            "Starts no container and writes nothing.");
    BuildOptions.add(spec)
        .addOption(Specs.flag(DOT, "Print the graph in the language of Graphviz."))
        .addOption(Specs.output("one object"));
    return Specs.finish(
        spec,
        "stepbox plan",
        "stepbox plan examples/graph --stage Checks",
        "stepbox plan --dot | dot -Tsvg > plan.svg");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    OutputForm form = Arguments.output(arguments, invocation);
    Arguments.requireNoJson(arguments, DOT);
    BuildOptions options = BuildOptions.read(arguments, invocation);
    PipelineFile file = PipelineFile.read(invocation, Arguments.optional(arguments, 0));
    Pipeline pipeline = Pipelines.parse(invocation, file, form);
    BuildPlan plan;
    List<Wish> refused;
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      BuildRequest request = options.request(file, pipeline);
      plan = assembly.engine().plan(request);
      refused = assembly.engine().refused(request, plan);
    }
    if (Arguments.flag(arguments, DOT)) {
      PlanGraph.dot(plan).forEach(invocation.out()::println);
      return ExitCode.OK;
    }
    switch (form) {
      case JSON -> invocation.out().println(PlanGraph.json(plan, refused));
      case TEXT -> {
        Look look = invocation.look();
        new PlanReport(plan, refused, look).lines().forEach(invocation.out()::println);
      }
    }
    return ExitCode.OK;
  }
}
