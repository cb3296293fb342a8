package dev.stepbox.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.SampleEvents;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

  private static final List<BuildEvent> EVENTS = SampleEvents.few();

  @TempDir private Path directory;

  private Path written() {
    Path file = directory.resolve("journal");
    try (Journal journal = Journal.create(file, Journal.BYTES_MAX)) {
      EVENTS.forEach(journal::append);
      journal.sync();
    }
    return file;
  }

  @Test
  void whatIsAppendedIsReadBack() {
    Journal.Replayed replayed = Journal.reopen(written(), Journal.BYTES_MAX);
    replayed.journal().close();
    assertThat(replayed.events()).isEqualTo(EVENTS);
    assertThat(replayed.cutBytes()).isZero();
  }

  @Test
  void theLastWholeRecordIsFoundFromTheEnd() throws IOException {
    Path file = written();
    Files.writeString(file, "0badcafe {\n half", StandardOpenOption.APPEND);
    try (JournalReader reader = JournalReader.open(file)) {
      assertThat(reader.last()).contains(EVENTS.getLast());
      assertThat(reader.next()).contains(EVENTS.getFirst());
    }
    Files.write(file, new byte[0]);
    try (JournalReader reader = JournalReader.open(file)) {
      assertThat(reader.last()).isEmpty();
    }
  }

  @Test
  void cutAnywhereTheWholeRecordsAreLeftAndWritingGoesOn() throws IOException {
    byte[] whole = Files.readAllBytes(written());
    Path file = directory.resolve("cut");
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      int records = feeds(whole, length);
      Journal.Replayed replayed = Journal.reopen(file, Journal.BYTES_MAX);
      assertThat(replayed.events()).isEqualTo(EVENTS.subList(0, records));
      if (records < EVENTS.size()) {
        try (Journal journal = replayed.journal()) {
          journal.append(EVENTS.get(records));
        }
        Journal.Replayed again = Journal.reopen(file, Journal.BYTES_MAX);
        again.journal().close();
        assertThat(again.events()).isEqualTo(EVENTS.subList(0, records + 1));
        assertThat(again.cutBytes()).isZero();
      } else {
        replayed.journal().close();
      }
    }
  }

  private static int feeds(byte[] bytes, int length) {
    int feeds = 0;
    for (int i = 0; i < length; i++) {
      feeds += bytes[i] == '\n' ? 1 : 0;
    }
    return feeds;
  }

  @Test
  void aDamagedByteEndsWhatIsRead() throws IOException {
    byte[] whole = Files.readAllBytes(written());
    Path file = directory.resolve("damaged");
    for (int at = 0; at < whole.length; at += 3) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x04;
      Files.write(file, damaged);
      Journal.Replayed replayed = Journal.reopen(file, Journal.BYTES_MAX);
      replayed.journal().close();
      assertThat(replayed.events()).isEqualTo(EVENTS.subList(0, feeds(whole, at)));
      assertThat(replayed.cutBytes()).isPositive();
    }
  }

  @Test
  void aWholeRecordOfAnotherVersionIsToldAndNotCutOff() throws IOException {
    Path file = written();
    String json = "{\"event\":\"build.dreamt\"}";
    var checksum = new java.util.zip.CRC32C();
    checksum.update(json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Files.writeString(
        file, "%08x %s\n".formatted(checksum.getValue(), json), StandardOpenOption.APPEND);
    long size = Files.size(file);
    assertThatThrownBy(() -> Journal.reopen(file, Journal.BYTES_MAX))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.JOURNAL_CORRUPT))
        .hasMessageContaining("newer version");
    assertThat(file).hasSize(size);
  }

  @Test
  void aReaderFollowsWhatIsWritten() throws IOException {
    Path file = directory.resolve("followed");
    byte[] whole = Files.readAllBytes(written());
    Files.createFile(file);
    try (JournalReader reader = JournalReader.open(file);
        FileChannel out = FileChannel.open(file, StandardOpenOption.APPEND)) {
      int read = 0;
      for (byte next : whole) {
        assertThat(reader.next()).isEmpty();
        out.write(java.nio.ByteBuffer.wrap(new byte[] {next}));
        if (next == '\n') {
          assertThat(reader.next()).contains(EVENTS.get(read++));
        }
      }
      assertThat(read).isEqualTo(EVENTS.size());
    }
  }

  @Test
  void aReaderForgetsATailThatWasCutOff() throws IOException {
    Path file = directory.resolve("tail");
    try (Journal journal = Journal.create(file, Journal.BYTES_MAX)) {
      journal.append(EVENTS.get(0));
    }
    Files.writeString(file, "0badcafe {\"event\":\"build.fi\n and more", StandardOpenOption.APPEND);
    try (JournalReader reader = JournalReader.open(file)) {
      assertThat(reader.next()).contains(EVENTS.get(0));
      assertThat(reader.next()).isEmpty();
      try (Journal journal = Journal.reopen(file, Journal.BYTES_MAX).journal()) {
        journal.append(EVENTS.get(1));
      }
      assertThat(reader.next()).contains(EVENTS.get(1));
    }
  }

  @Test
  void anExistingJournalIsNotBegunAgain() {
    Path file = written();
    assertThatThrownBy(() -> Journal.create(file, Journal.BYTES_MAX))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("cannot begin the journal");
  }

  @Test
  void aJournalHasALimitThatEndsMayPass() throws IOException {
    BuildEvent first = EVENTS.get(0);
    BuildEvent last = EVENTS.getLast();
    long room = Records.write(first).length;
    try (Journal journal = Journal.create(directory.resolve("small"), room)) {
      journal.append(first);
      BuildEvent begin = SampleEvents.all().get(6);
      assertThatThrownBy(() -> journal.append(begin))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
          .hasMessageContaining("the limit is " + room);
      journal.append(last);
    }
    assertThat(Journal.reopen(directory.resolve("small"), Journal.BYTES_MAX).events())
        .containsExactly(first, last);
  }

  @Test
  void aFullDiskIsToldAsSuch() throws IOException {
    Path full = Path.of("/dev/full");
    try (Journal journal =
        new Journal(full, FileChannel.open(full, StandardOpenOption.WRITE), 0, 1_000_000)) {
      assertThatThrownBy(() -> journal.append(EVENTS.get(0)))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE))
          .hasMessageContaining("Free some space");
    }
  }

  @Test
  void aRecordHasALimit() {
    var huge =
        new BuildEvent.Announcement(
            EVENTS.get(0).stamp(),
            dev.stepbox.agent.protocol.Severity.INFO,
            "x",
            "x".repeat(Records.BYTES_MAX),
            null,
            null);
    assertThatThrownBy(() -> Records.write(huge))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the limit is 16777216");
  }
}
