package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.ImageList;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.Execution;
import dev.stepbox.layercache.Images;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox image ls}. */
final class ImageListCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "image ls",
                "[OPTIONS]",
                "List the images that have a name",
                "The size of an image counts layers that it shares with others.")
            .addOption(Specs.output("one object per image and line")),
        "stepbox image ls",
        "stepbox image ls --output json");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    OutputForm form = Arguments.output(arguments, invocation);
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      List<Images.Named> images = assembly.layerCache().images().all();
      switch (form) {
        case JSON ->
            images.forEach(named ->
                invocation.out().println(ImageList.json(new JsonWriter(), named).toString()));
        case TEXT -> {
          if (images.isEmpty()) {
            invocation.out().println("no images; 'stepbox image import' reads one");
          } else {
            ImageList.lines(images, invocation.outStyles()).forEach(invocation.out()::println);
          }
        }
      }
    }
    return ExitCode.OK;
  }
}
