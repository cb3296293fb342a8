package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.HomeCheck;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.ImageList;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.Execution;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.ImportReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox image import}. */
final class ImageImportCommand implements Command {

  private static final String REFERENCE = "--reference";

  /** Words that, before a colon, make a place of what follows. */
  private static final List<String> KINDS = List.of("oci", "docker-archive", "rootfs");

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "image import",
                "[OPTIONS] NAME SOURCE",
                "Read an image into the store under a name",
                "SOURCE is one of:",
                "  oci:DIR_OR_TAR        an OCI image layout",
                "  docker-archive:FILE   what 'docker save' writes",
                "  rootfs:FILE           a tar archive of a root file system",
                "A directory without a prefix is taken for an OCI layout, a file for a root file",
                "system. Archives may be compressed with gzip. An image that had the name loses",
                "it.")
            .addPositional(
                Specs.required(0, "NAME", "Name to use in 'image:', such as debian:bookworm."))
            .addPositional(Specs.required(1, "SOURCE", "Where the image is."))
            .addOption(
                Specs.value(REFERENCE, "REF", "Which image of the source, if it holds several."))
            .addOption(Specs.output("one object")),
        "stepbox image import debian:bookworm rootfs:bookworm.tar",
        "stepbox image import app docker-archive:app.tar --reference app:1.0",
        "stepbox image import tools oci:./layout");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    OutputForm form = Arguments.output(arguments, invocation);
    ImageName name = newName(Arguments.required(arguments, 0));
    String reference = Arguments.value(arguments, REFERENCE);
    ImageSource source = source(invocation, Arguments.required(arguments, 1), reference);
    HomeCheck.prepare(invocation.settings().home());
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      ImportReport report = assembly.layerCache().images().load(name, source);
      switch (form) {
        case JSON ->
            invocation.out().println(ImageList.json(new JsonWriter(), name, report).toString());
        case TEXT -> ImageList.lines(name, report).forEach(invocation.out()::println);
      }
    }
    return ExitCode.OK;
  }

  /** The name of an image that is to be found by it. */
  private static ImageName newName(String text) {
    ImageName name = name(text);
    if (text.equals("host") || KINDS.stream().anyMatch(kind -> text.startsWith(kind + ":"))) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "'%s' has a meaning of its own in a pipeline".formatted(text),
          "Take another name, for example 'debian:bookworm'.");
    }
    return name;
  }

  static ImageName name(String text) {
    try {
      return new ImageName(text);
    } catch (IllegalArgumentException e) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "'%s' is not a name for an image".formatted(text),
          "Use lower-case letters, digits and . _ - / : @, for example 'debian:bookworm'.");
    }
  }

  private static ImageSource source(
      Invocation invocation, String text, @Nullable String reference) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? "" : text.substring(0, colon);
    return switch (kind) {
      case "oci" -> new ImageSource.OciLayout(path(invocation, text, colon), reference);
      case "docker-archive" ->
          new ImageSource.DockerArchive(path(invocation, text, colon), reference);
      case "rootfs" -> new ImageSource.RootfsTarball(path(invocation, text, colon));
      default -> {
        Path path = invocation.resolve(text);
        yield Files.isDirectory(path)
            ? new ImageSource.OciLayout(path, reference)
            : new ImageSource.RootfsTarball(path);
      }
    };
  }

  private static Path path(Invocation invocation, String text, int colon) {
    return invocation.resolve(text.substring(colon + 1));
  }
}
