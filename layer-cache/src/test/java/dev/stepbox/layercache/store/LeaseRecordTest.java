package dev.stepbox.layercache.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class LeaseRecordTest {

  private static final Instant EXPIRED = Instant.EPOCH;
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");

  private static LeaseRecord lease(String started) {
    long pid = ProcessHandle.current().pid();
    return new LeaseRecord("a test", EXPIRED, pid, started, "boot", Holdings.nothing());
  }

  @Test
  void aProcessThatLivesKeepsItsLeaseInItsBootOnly() {
    LeaseRecord mine = LeaseRecord.of("a test", EXPIRED, ProcessHandle.current(), "boot");
    assertThat(mine.isAlive(NOW, "boot")).isTrue();
    assertThat(mine.isAlive(NOW, "another boot")).isFalse();
  }

  @Test
  void theStartOfAProcessIsNoTimeOfDaySinceTheClockCanBeSet() {
    LeaseRecord mine = LeaseRecord.of("a test", EXPIRED, ProcessHandle.current(), "boot");
    assertThat(mine.started()).matches("[0-9]+");
    assertThat(lease("2026-11-23T09:59:59.990Z").isAlive(NOW, "boot")).isTrue();
  }

  @Test
  void anotherProcessOfTheSameNumberDoesNotKeepALease() {
    assertThat(lease("1").isAlive(NOW, "boot")).isFalse();
  }
}
