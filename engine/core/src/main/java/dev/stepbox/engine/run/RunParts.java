package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.home.BuildLock;
import dev.stepbox.engine.home.CancelFile;
import dev.stepbox.engine.journal.Journal;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.log.StepLogs;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.worker.BuildPlaces;
import dev.stepbox.engine.worker.WorkerConnector;

/**
 * What a run is made of; the run closes what can be closed.
 *
 * @param machine decides what is next
 * @param files what the build has on disk
 * @param means what its stages need to begin
 * @param workplace where its stages run
 */
record RunParts(
    BuildId build,
    BuildPlan plan,
    BuildMachine machine,
    Files files,
    Means means,
    Workplace workplace) {

  /**
   * What a build has on disk, open for as long as it is carried on.
   *
   * @param lock the right to carry the build on
   */
  record Files(
      BuildDirectory directory,
      Journal journal,
      StepLogs logs,
      CancelFile cancelFile,
      BuildLock lock) {}

  /** What is brought together before a stage can begin. */
  record Means(BuildLayers layers, StagePreparer preparer, SecretsKept secrets) {}

  /** Where stages run. */
  record Workplace(WorkerConnector workers, BuildPlaces places) {
    Transport<ToWorker, FromWorker> connect() throws InterruptedException {
      return workers.connect(places);
    }
  }
}
