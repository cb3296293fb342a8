package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Checks that tests of modules make already, and those that have nothing to attack. */
final class References {
  private final Path repository;

  References(Path repository) {
    this.repository = repository;
  }

  List<Row> rows() throws IOException {
    return List.of(
        none(21, "privileges by the front end of an image builder", "there is no image builder"),
        tests(
            44,
            "kill -9 of engine, supervisor and worker in the middle of a step",
            "the step ends or is carried on; nothing is left",
            List.of(
                "KilledEngineIT#aBuildGoesOnLongAfterItsStepHasEnded",
                "SurvivalIT#aSupervisorThatIsStuckIsKilledWithEverythingOfTheBuild",
                "RealBuildIT#aKilledEngineIsReplacedWithoutALineLostOrDoubled")),
        tests(
            57,
            "make two different things share a key of a cache or a layer",
            "different content, metadata, project or name has a different key",
            List.of(
                "HostileImageTest#layersThatDifferOnlyInMetadataAreDifferent",
                "HostileImageTest#differentKeysOfCachesAreDifferentDirectories",
                "CachesIT#noProjectFindsWhatAnotherPutIntoACacheOfTheSameName")),
        none(58, "a hostile registry", "there is no registry client"));
  }

  private static Row none(int number, String attempt, String reason) {
    Sight sight = new Sight(Verdict.NOT_APPLICABLE, reason);
    return new Row(number, attempt, "–", sight, Sight.NONE, "none: " + reason, "");
  }

  /** Held by tests, which have to be there. */
  private Row tests(int number, String attempt, String expected, List<String> names)
      throws IOException {
    Sight sight = Sight.held("tests: " + String.join(", ", names));
    for (String name : names) {
      if (!isThere(name.replaceFirst("#.*", ""), name.replaceFirst(".*#", ""))) {
        sight = Sight.failed("no test " + name);
      }
    }
    return new Row(number, attempt, expected, sight, Sight.NONE, "none: other tests", "");
  }

  private boolean isThere(String test, String method) throws IOException {
    try (Stream<Path> files = Files.walk(repository)) {
      for (Path file : files.filter(path -> path.endsWith(test + ".java")).toList()) {
        if (Files.readString(file, UTF_8).contains("void " + method + "(")) {
          return true;
        }
      }
    }
    return false;
  }
}
