package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.home.SecretProof;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.random.RandomGenerator;

/**
 * Keeps the proof of a build's secrets while the build begins: it takes as long as the rest. No
 * stage is handed to a worker before it is kept, so that where there is none no step has seen any
 * secret, and any values will do.
 */
final class SecretsKept {

  private final FutureTask<Boolean> work;

  private SecretsKept(FutureTask<Boolean> work) {
    this.work = work;
  }

  /** Begins to keep a proof, unless there are no secrets or it is kept already. */
  static SecretsKept begin(List<Secret> secrets, Path file, RandomGenerator random) {
    if (secrets.isEmpty() || Files.exists(file)) {
      var done = new FutureTask<>(() -> true);
      done.run();
      return new SecretsKept(done);
    }
    var work =
        new FutureTask<>(() -> {
          SecretProof.of(secrets, random).write(file);
          return true;
        });
    Thread.ofPlatform().name("secrets").daemon().start(work);
    return new SecretsKept(work);
  }

  /** Whether a build was begun with other values than these. */
  static boolean areOthers(List<Secret> secrets, Path file) {
    return !secrets.isEmpty() && Files.exists(file) && !SecretProof.read(file).holdsFor(secrets);
  }

  /**
   * Wait until it is kept.
   *
   * @throws EngineException when it cannot be
   */
  void await() throws InterruptedException {
    try {
      boolean ignored = work.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException failure) {
        throw failure;
      }
      throw new IllegalStateException("cannot keep the proof of the secrets", e);
    }
  }
}
