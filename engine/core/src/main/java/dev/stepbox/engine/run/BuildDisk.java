package dev.stepbox.engine.run;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.journal.Journal;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.log.StepLogs;
import java.util.function.Consumer;

/**
 * Brings what a build keeps to the disk, always before the record of the journal that tells of it:
 * what was asked for before the begin, stashes and output before the end of a stage, layers and
 * artifacts before the end of the build. So after a power cut what is told as done is there.
 */
final class BuildDisk {

  private final BuildDirectory directory;
  private final Journal journal;
  private final StepLogs logs;
  private final JournalSyncer syncer;
  private final ResultSyncer results;
  private boolean hasBegun;

  /**
   * The disk of a build.
   *
   * @param broken hears when nobody knows what is on the disk
   */
  BuildDisk(
      BuildDirectory directory,
      Journal journal,
      StepLogs logs,
      BuildLayers layers,
      Consumer<EngineException> broken) {
    this.directory = directory;
    this.journal = journal;
    this.logs = logs;
    this.syncer = new JournalSyncer(this::sync, broken);
    this.results =
        new ResultSyncer(() -> {
          layers.makeDurable();
          directory.syncArtifacts();
          logs.sync();
        });
  }

  /** Bring all that was recorded to the disk, some time; see {@link JournalSyncer#request}. */
  void request() {
    syncer.request();
  }

  /** One pass at a time, in the thread of the syncer. */
  private void sync() {
    if (!hasBegun) {
      directory.syncRequest();
      hasBegun = true;
    }
    directory.syncStashes();
    logs.sync();
    journal.sync();
  }

  /** No stage runs any more: see {@link ResultSyncer#begin}. */
  void beginResults() {
    results.begin();
  }

  /**
   * Waits until everything is on disk that the end of the build tells of.
   *
   * @throws EngineException what went wrong
   */
  void finishResults() throws InterruptedException {
    results.finish();
  }

  /**
   * Returns when the end of the build is on disk.
   *
   * @throws EngineException what went wrong
   */
  void syncEnd() {
    journal.sync();
  }

  /** Waits until all that was asked for is done. */
  void finish() throws InterruptedException {
    syncer.finish();
  }
}
