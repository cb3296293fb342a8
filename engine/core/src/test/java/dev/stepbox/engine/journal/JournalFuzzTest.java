package dev.stepbox.engine.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.SampleEvents;
import dev.stepbox.layercache.MutationFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Journals changed at random, with checksums that are right again, are read or refused. */
class JournalFuzzTest {
  private static final int PREFIX = 9;
  private static final int MUTANTS = 5_000;

  @TempDir private Path directory;

  @Test
  void anyJournalIsReadToAnEndOrRefused() throws IOException {
    Path file = directory.resolve("journal");
    new MutationFuzz(seeds(), JournalFuzzTest::withChecksums)
        .run("/fuzz/journal.txt", MUTANTS, input -> read(file, input));
  }

  private static List<byte[]> seeds() {
    return SampleEvents.few().stream().map(Records::write).toList();
  }

  /** Reads all that can be read: at most one event for each line. */
  private static void read(Path file, byte[] input) throws IOException {
    Files.write(file, input);
    int events = 0;
    try (JournalReader reader = JournalReader.open(file)) {
      for (Optional<BuildEvent> next = reader.next(); next.isPresent(); next = reader.next()) {
        events++;
      }
      reader.last();
    } catch (EngineException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.JOURNAL_CORRUPT);
    }
    assertThat(events).isLessThanOrEqualTo(lines(input));
  }

  private static int lines(byte[] input) {
    int lines = 0;
    for (byte value : input) {
      lines += value == '\n' ? 1 : 0;
    }
    return lines;
  }

  private static byte[] withChecksums(byte[] input) {
    byte[] mended = input.clone();
    int from = 0;
    for (int at = 0; at < mended.length; at++) {
      if (mended[at] == '\n') {
        if (at - from > PREFIX) {
          CRC32C sum = new CRC32C();
          sum.update(mended, from + PREFIX, at - from - PREFIX);
          byte[] text = HexFormat.of().toHexDigits((int) sum.getValue()).getBytes(UTF_8);
          System.arraycopy(Arrays.copyOf(text, PREFIX - 1), 0, mended, from, PREFIX - 1);
          mended[from + PREFIX - 1] = ' ';
        }
        from = at + 1;
      }
    }
    return mended;
  }
}
