package dev.stepbox.cli.wiring;

import dev.stepbox.layercache.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the parts need to know of the process.
 *
 * @param home where everything is kept, absolute
 * @param runtime a directory of this user's for sockets, or null
 * @param environment the variables of the caller
 * @param clock the time of day
 * @param version of Stepbox
 * @param limits of the store
 * @param orphanTimeout how long a build without an engine and without a running step is kept ready;
 *     null for its default
 */
public record Surroundings(
    Path home,
    @Nullable Path runtime,
    Map<String, String> environment,
    InstantSource clock,
    String version,
    Limits limits,
    @Nullable Duration orphanTimeout) {

  public Surroundings {
    environment = Map.copyOf(environment);
  }
}
