package dev.stepbox.cli.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.host.DoctorReport;
import dev.stepbox.isolation.host.DoctorReport.Rung;
import dev.stepbox.isolation.host.DoctorReport.Status;
import dev.stepbox.isolation.host.Repairs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code stepbox doctor --fix} says on hosts that are awkward, from facts that {@code
 * src/test/hosts/record} wrote down on them: one golden file each. Run as an ordinary user, since
 * to root nothing is closed.
 */
class DoctorOfHostsTest {
  private static final Look LOOK = new Look(new Styles(false), true, 100, ZoneOffset.UTC);
  private static final Path HOSTS = Path.of("src/test/resources/hosts");

  @TempDir private Path root;

  static Set<String> hosts() throws IOException {
    return RecordedHost.names(HOSTS);
  }

  @ParameterizedTest
  @MethodSource("hosts")
  void eachHostIsToldItsRungTheCauseAndTheRemedy(String name) throws IOException {
    RecordedHost host = RecordedHost.of(HOSTS.resolve(name + ".facts"), root);
    DoctorReport report = host.report();
    List<String> lines = new ArrayList<>(DoctorView.lines(report, LOOK));
    Path launchers = host.store().resolve("launcher");
    lines.addAll(
        DoctorView.fixLines(report, List.of(), Repairs.asRoot(host.files(), report, launchers)));
    Golden.check(HOSTS.resolve(name + ".txt"), host.plain(lines));
  }

  @ParameterizedTest
  @MethodSource("hosts")
  void whatIsMissingHasACauseAndARemedy(String name) throws IOException {
    assertThat(RecordedHost.of(HOSTS.resolve(name + ".facts"), root).report().checks())
        .filteredOn(check -> check.status() != Status.OK)
        .allSatisfy(check -> {
          assertThat(check.cause()).as(check.name()).isNotBlank();
          assertThat(check.remedy()).as(check.name()).isNotBlank();
        });
  }

  @Test
  void noHostIsRefusedThatHasNamespacesAndAPlaceForTheStore() throws IOException {
    assertThat(RecordedHost.of(HOSTS.resolve("no-newuidmap.facts"), root).report().rung())
        .isNotEqualTo(Rung.REFUSED);
  }
}
