package dev.stepbox.cli.command;

/** The help of {@code stepbox} itself, which needs no option parser. */
final class TopHelp {

  private static final int WORD_COLUMNS = 12;

  private TopHelp() {}

  static String text() {
    StringBuilder text = new StringBuilder(2048);
    text.append(
        """
        Stepbox runs the steps of a pipeline, each in its own rootless container.

        Usage: stepbox COMMAND [OPTIONS] [ARGUMENTS]

        Commands:
        """);
    for (CommandName name : CommandName.values()) {
      text.append("  ")
          .append(name.word())
          .append(" ".repeat(WORD_COLUMNS - name.word().length()))
          .append(name.summary())
          .append('\n');
    }
    text.append(
        """

        'stepbox COMMAND --help' shows the options of a command, with examples.

        Environment:
          STEPBOX_HOME    where builds, images and layers are kept
                          (default: $XDG_DATA_HOME/stepbox or ~/.local/share/stepbox)
          STEPBOX_OUTPUT  text or json, where --output does not say it
          STEPBOX_QUOTA   most that images and layers may take (default: 100GiB)
          STEPBOX_RESERVE least that stays free on the file system (default: 5GiB)
          STEPBOX_LOG     error, warn, info, debug or trace: log to standard error
          NO_COLOR, CLICOLOR_FORCE, CLICOLOR
                          no colours; colours even without a terminal; 0: no colours

        Exit codes:
          0    what was asked for was done
          1    the build failed
          2    the command line or a setting is wrong
          3    the pipeline is missing or invalid
          4    this machine cannot isolate as asked ('stepbox doctor' says why)
          5    the disk, the store, an image or the repository failed
          70   a defect of Stepbox
          130  interrupted

        Examples:
          stepbox run                  run the stepbox.yaml of this directory
          stepbox plan examples/graph  see what would run
          stepbox doctor               see what this machine can isolate
        """);
    return text.toString();
  }
}
