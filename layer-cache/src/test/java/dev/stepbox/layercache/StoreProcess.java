package dev.stepbox.layercache;

import dev.stepbox.layercache.archive.LimitsBuilder;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;

/**
 * A process of its own that works on a store: {@code import STORE DIRECTORY ROUNDS}. Writes one
 * line when it begins and one at the end, with the code of a failure if there was one.
 */
final class StoreProcess {
  private StoreProcess() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path store = Path.of(arguments[0]);
    Path directory = Path.of(arguments[1]);
    int rounds = Integer.parseInt(arguments[2]);
    System.out.println("started");
    try (LayerCache cache = open(store)) {
      Scenario scenario = Scenario.in(directory, ProcessHandle.current());
      for (int round = 0; round < rounds; round++) {
        scenario.importImage(cache);
        if (rounds > 1) {
          cache.images().remove(new ImageName("image"));
          cache.space().prune(Space.Policy.everything());
        }
      }
      System.out.println("done");
    } catch (LayerCacheException e) {
      System.out.println(e.code() + " " + e.getMessage());
    }
  }

  static LayerCache open(Path store) throws InterruptedException {
    return LayerCache.open(
        store,
        LimitsBuilder.defaults().build(),
        new OwnIdTree(),
        new Surroundings(
            InstantSource.system(), new SecureRandom(), "boot-1", "amd64", TestStore.PIPES));
  }

  /** Starts one. */
  static ProcessBuilder command(Path store, Path directory, int rounds) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            StoreProcess.class.getName(),
            store.toString(),
            Files.createDirectories(directory).toString(),
            Integer.toString(rounds))
        .redirectErrorStream(true);
  }
}
