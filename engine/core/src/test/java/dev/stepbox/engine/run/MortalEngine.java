package dev.stepbox.engine.run;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.testing.TestEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that runs a build until its journal has a number of records, says so, and waits to be
 * killed.
 */
final class MortalEngine {

  static final String PIPELINE =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - checkout: scm
            - sh: lines 300
          post:
            always:
              - sh: print posted
        - stage: Side
          needs: []
          steps:
            - sh: lines 40
        - stage: Test
          needs: [Build, Side]
          steps:
            - sh: lines 7
      post:
        success:
          - sh: print the end
      """;

  private MortalEngine() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    long records = Long.parseLong(arguments[1]);
    Path journal = directory.resolve("home/builds/1/journal");
    LocalEngine engine =
        TestEngine.open(directory.resolve("home"), () -> timeUntil(journal, records));
    BuildId build = engine.submit(TestEngine.request(PIPELINE, directory).build());
    try (EventStream events = engine.watch(build, 0)) {
      while (events.next().isPresent()) {}
    }
    say("over");
  }

  private static Instant timeUntil(Path journal, long records) {
    try {
      if (Files.exists(journal) && recordsIn(journal) >= records) {
        say("reached");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Instant.parse("2026-11-23T10:00:00Z");
  }

  static long recordsIn(Path journal) throws IOException {
    byte[] bytes = Files.readAllBytes(journal);
    long records = 0;
    for (byte b : bytes) {
      records += b == '\n' ? 1 : 0;
    }
    return records;
  }

  private static void say(String word) {
    System.out.println(word);
    System.out.flush();
    while (true) {
      LockSupport.park();
    }
  }
}
