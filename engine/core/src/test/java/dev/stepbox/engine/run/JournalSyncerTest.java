package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class JournalSyncerTest {

  @Test
  void aDiskThatDoesNotTakeTheJournalIsTold() throws Exception {
    var failure = new EngineException(ErrorCode.HOME_UNUSABLE, "cannot write the journal");
    List<EngineException> told = new CopyOnWriteArrayList<>();
    var syncer =
        new JournalSyncer(
            () -> {
              throw failure;
            },
            told::add);
    syncer.request();
    syncer.finish();
    assertThat(told).containsExactly(failure);
  }
}
