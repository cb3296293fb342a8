package dev.stepbox.engine.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.journal.Journal;
import dev.stepbox.engine.log.StepLogs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a simulated build.
 *
 * @param began when the build began
 */
record StoredBuild(Path directory, Instant began) {

  Path journal() {
    return directory.resolve("journal");
  }

  /** What the journal holds; fails unless it ends with a whole record. */
  List<BuildEvent> events() {
    Journal.Replayed replayed = Journal.reopen(journal(), Journal.BYTES_MAX);
    replayed.journal().close();
    assertThat(replayed.cutBytes()).as("damaged bytes at the end of the journal").isZero();
    return new ArrayList<>(replayed.events());
  }

  /** The stored output of a step. */
  String log(String stageId, int step) {
    try (var logs = new StepLogs(directory.resolve("logs"));
        var in = logs.read(stageId, step, began).open(0)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
