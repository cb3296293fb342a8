package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.HomeCheck;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.DoctorView;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.isolation.host.DoctorReport;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox doctor}. */
final class DoctorCommand implements Command {

  private static final String FIX = "--fix";

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "doctor",
                "[OPTIONS]",
                "Say what this machine can isolate, and how to mend what is missing",
                "Tries what a sandbox is made of, the way a build would, and says for everything",
                "that is missing the cause and the remedy. Exit code 4 if no build can run here.",
                "Please attach the output to a bug report.")
            .addOption(
                Specs.flag(
                    FIX,
                    "Make what needs no root, and print what does as one block to copy."
                        + " Goes with text output."))
            .addOption(Specs.output("one object")),
        "stepbox doctor",
        "stepbox doctor --fix",
        "stepbox doctor --output json");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    OutputForm form = Arguments.output(arguments, invocation);
    Arguments.requireNoJson(arguments, FIX);
    boolean fix = Arguments.flag(arguments, FIX);
    List<String> written = fix ? HomeCheck.mend(invocation.settings().home()) : List.of();
    DoctorReport report = Assembly.examine(invocation.surroundings());
    switch (form) {
      case JSON -> invocation.out().println(DoctorView.json(new JsonWriter(), report).toString());
      case TEXT -> DoctorView.lines(report, invocation.look()).forEach(invocation.out()::println);
    }
    if (fix && form == OutputForm.TEXT) {
      List<String> asRoot = Assembly.repairs(invocation.surroundings(), report);
      DoctorView.fixLines(report, written, asRoot).forEach(invocation.out()::println);
    }
    return switch (report.rung()) {
      case L3, L2 -> ExitCode.OK;
      // By themselves builds do not run here.
      case L1, REFUSED -> ExitCode.CANNOT_ISOLATE;
    };
  }
}
