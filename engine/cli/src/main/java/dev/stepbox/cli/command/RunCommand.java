package dev.stepbox.cli.command;

import dev.stepbox.cli.config.HomeCheck;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.terminal.ShellWords;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.Engine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox run}. */
final class RunCommand implements Command {

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "run",
            "[OPTIONS] [DIR]",
            "Run a pipeline, every step in its own sandbox",
            "Runs DIR/stepbox.yaml. 'checkout: scm' gives the steps a snapshot of DIR as it",
            "stands: tracked and untracked files, not ignored ones. DIR is never written to.",
            "",
            "Ctrl-C once stops the running steps and lets post steps run; twice kills",
            "everything.");
    BuildOptions.add(spec);
    BuildOptions.addRunning(spec)
        .addOption(Following.plainOption())
        .addOption(Specs.output("one event per line"));
    return Specs.finish(
        spec,
        "stepbox run",
        "stepbox run examples/graph --stage Checks",
        "stepbox run --param PROFILE=full --env CI=true",
        "TOKEN=... stepbox run --secret TOKEN",
        "stepbox run --commit v1.2 --output json > events.jsonl");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    String directory = Arguments.optional(arguments, 0);
    OutputForm form = Arguments.output(arguments, invocation);
    BuildOptions options = BuildOptions.read(arguments, invocation);
    try (Assembly assembly =
        Assembly.of(invocation.surroundings(), options.running().execution())) {
      assembly.openAhead();
      PipelineFile file = PipelineFile.read(invocation, directory);
      BuildRequest request = options.request(file, Pipelines.parse(invocation, file, form));
      HomeCheck.prepare(invocation.settings().home());
      Engine engine = assembly.engine();
      Stopping stopping = Stopping.listen(invocation.err());
      stopping.arm();
      BuildId build = engine.submit(request);
      String again =
          directory == null ? "stepbox run" : "stepbox run " + ShellWords.quote(directory);
      return new Following(invocation, engine, stopping)
          .follow(build, again, form, Following.plain(arguments));
    }
  }
}
