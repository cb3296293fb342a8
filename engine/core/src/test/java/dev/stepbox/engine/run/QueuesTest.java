package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.Stamp;
import dev.stepbox.engine.journal.Journal;
import dev.stepbox.engine.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What waits in a build: as much as the limit, and then somebody waits or reads elsewhere. */
@Timeout(120)
class QueuesTest {

  private static final Input TICK = new Input.Tick();

  @TempDir private Path directory;

  @Test
  void whoPutsIntoAFullInboxWaitsUntilOneIsTaken() throws InterruptedException {
    var inbox = new Inbox();
    for (int i = 0; i < Inbox.INPUTS_MAX; i++) {
      inbox.put(TICK);
    }
    Thread late = Thread.ofPlatform().start(() -> inbox.put(new Input.WorkerGone("late")));
    Eventually.holds(() -> assertThat(late.getState()).isEqualTo(Thread.State.WAITING));
    for (int i = 0; i < Inbox.INPUTS_MAX; i++) {
      assertThat(inbox.take(0)).isSameAs(TICK);
    }
    late.join();
    assertThat(inbox.take(0)).isEqualTo(new Input.WorkerGone("late"));
    assertThat(inbox.isEmpty()).isTrue();
  }

  @Test
  void whoTakesPutsIntoAFullInboxWithoutWaitingForItself() throws InterruptedException {
    var inbox = new Inbox();
    for (int i = 0; i < Inbox.INPUTS_MAX; i++) {
      inbox.put(TICK);
    }
    inbox.putOwn(new Input.WorkerGone("own"));
    assertThat(inbox.take(0)).isEqualTo(new Input.WorkerGone("own"));
    assertThat(inbox.take(0)).isSameAs(TICK);
  }

  @Test
  void whoWaitsForAnInboxGoesOnWhenNobodyTakesAnyMore() throws InterruptedException {
    var inbox = new Inbox();
    for (int i = 0; i < Inbox.INPUTS_MAX; i++) {
      inbox.put(TICK);
    }
    Thread late = Thread.ofPlatform().start(() -> inbox.put(TICK));
    Eventually.holds(() -> assertThat(late.getState()).isEqualTo(Thread.State.WAITING));
    inbox.close();
    late.join();
  }

  /** The journal stands for the events: what comes from it differs, so that it can be told. */
  @Test
  void aReaderThatIsTooSlowGetsWhatDidNotWaitFromTheJournal() throws InterruptedException {
    int count = LiveStream.WAITING_MAX + 3;
    Path file = directory.resolve("journal");
    try (Journal journal = Journal.create(file, Journal.BYTES_MAX)) {
      for (int i = 0; i < count; i++) {
        journal.append(event(i, "from the journal"));
      }
    }
    var feed = new LiveFeed(file, 0);
    try (LiveStream stream = feed.subscribe(0)) {
      for (int i = 0; i < count; i++) {
        feed.publish(event(i, "as it happened"));
      }
      for (int i = 0; i < LiveStream.WAITING_MAX; i++) {
        assertThat(stream.next()).contains(event(i, "as it happened"));
      }
      for (int i = LiveStream.WAITING_MAX; i < count; i++) {
        assertThat(stream.next()).contains(event(i, "from the journal"));
      }
      feed.publish(event(count, "as it happened"));
      assertThat(stream.next()).contains(event(count, "as it happened"));
      assertThat(stream.poll(Duration.ZERO)).isEmpty();
    }
  }

  private static BuildEvent event(long sequence, String text) {
    return new BuildEvent.Announcement(
        new Stamp(new BuildId(1), sequence, Instant.EPOCH),
        Severity.INFO,
        "test",
        text,
        null,
        null);
  }

  @Test
  void aBuildRecordsAsManyAnnouncementsAsTheLimitAndNotOneMore() {
    var counted = new RecordedWords();
    for (int i = 0; i < WorkerWords.NOTES_MAX; i++) {
      counted.announce();
    }
    assertThat(counted.events()).isEqualTo(WorkerWords.NOTES_MAX);
    counted.announce();
    assertThat(counted.events()).isEqualTo(WorkerWords.NOTES_MAX);
  }

  @Test
  void aBuildRecordsAsManyArtifactsAsTheLimitAndNotOneMore() {
    var counted = new RecordedWords();
    for (int i = 0; i < WorkerWords.NOTES_MAX; i++) {
      counted.store();
    }
    assertThat(counted.events()).isEqualTo(WorkerWords.NOTES_MAX);
    counted.store();
    counted.announce();
    assertThat(counted.events())
        .as("announcements count apart")
        .isEqualTo(WorkerWords.NOTES_MAX + 1);
  }
}
