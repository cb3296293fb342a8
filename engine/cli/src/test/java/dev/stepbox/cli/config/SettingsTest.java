package dev.stepbox.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.Permissions.HostNetwork;
import dev.stepbox.engine.Permissions.Nesting;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

  @Test
  void withNothingSetTheHomeIsBelowTheUsersDataDirectory() {
    Settings settings = Settings.from(Map.of("HOME", "/home/a"));
    assertThat(settings.home()).isEqualTo(Path.of("/home/a/.local/share/stepbox"));
    assertThat(settings.runtime()).isNull();
    assertThat(settings.colours()).isEqualTo(ColourPolicy.TERMINAL);
    assertThat(settings.output()).isEqualTo(OutputForm.TEXT);
  }

  @Test
  void everyVariableIsObeyed() {
    Settings settings =
        Settings.from(
            Map.of(
                "STEPBOX_HOME", "/srv/./box",
                "XDG_DATA_HOME", "/data",
                "HOME", "/home/a",
                "XDG_RUNTIME_DIR", "/run/user/1000",
                "STEPBOX_OUTPUT", "json",
                "NO_COLOR", "1"));
    assertThat(settings.home()).isEqualTo(Path.of("/srv/box"));
    assertThat(settings.runtime()).isEqualTo(Path.of("/run/user/1000"));
    assertThat(settings.colours()).isEqualTo(ColourPolicy.NEVER);
    assertThat(settings.output()).isEqualTo(OutputForm.JSON);
  }

  @Test
  void theDataDirectoryOfTheDesktopWinsOverTheHomeDirectory() {
    Map<String, String> environment = Map.of("XDG_DATA_HOME", "/data", "HOME", "/home/a");
    assertThat(Settings.from(environment).home()).isEqualTo(Path.of("/data/stepbox"));
  }

  @Test
  void aRelativePathOfTheDesktopIsIgnoredAsItsSpecificationWants() {
    Map<String, String> environment = Map.of("XDG_DATA_HOME", "data", "HOME", "/home/a");
    assertThat(Settings.from(environment).home())
        .isEqualTo(Path.of("/home/a/.local/share/stepbox"));
  }

  @Test
  void everyWrongVariableIsToldAtOnce() {
    Map<String, String> environment = Map.of("STEPBOX_HOME", "here", "STEPBOX_OUTPUT", "xml");
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> Settings.from(environment))
        .satisfies(e -> assertThat(e.code()).isEqualTo(CliErrorCode.SETTINGS))
        .satisfies(e ->
            assertThat(e.problems())
                .extracting(Problem::message)
                .containsExactly(
                    "cannot use STEPBOX_HOME='here': it is not an absolute path",
                    "cannot use STEPBOX_OUTPUT='xml'"));
  }

  @Test
  void nothingIsAllowedUnlessItIsSaid() {
    assertThat(Settings.from(Map.of("HOME", "/home/a")).permissions()).isEqualTo(Permissions.NONE);
    Map<String, String> all =
        Map.of(
            "HOME", "/home/a",
            "STEPBOX_ALLOW_HOST_NETWORK", "1",
            "STEPBOX_ALLOW_NESTING", "1",
            "STEPBOX_ALLOW_PATHS", "/srv/images:/srv/git:");
    assertThat(Settings.from(all).permissions())
        .isEqualTo(
            new Permissions(
                HostNetwork.ALLOWED,
                Nesting.ALLOWED,
                List.of(Path.of("/srv/images"), Path.of("/srv/git"))));
  }

  @Test
  void aPermissionThatIsNotUnderstoodIsNotGiven() {
    Map<String, String> wrong =
        Map.of(
            "HOME",
            "/home/a",
            "STEPBOX_ALLOW_HOST_NETWORK",
            "yes",
            "STEPBOX_ALLOW_PATHS",
            "images");
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> Settings.from(wrong))
        .satisfies(e ->
            assertThat(e.problems())
                .extracting(Problem::message)
                .containsExactly(
                    "cannot use STEPBOX_ALLOW_HOST_NETWORK='yes'",
                    "cannot use STEPBOX_ALLOW_PATHS: 'images' is not an absolute path"));
  }

  @ParameterizedTest
  @CsvSource({"1MiB,1048576", "50GiB,53687091200", "2TiB,2199023255552", "0GiB,0"})
  void aSizeHasAUnit(String text, long bytes) {
    Map<String, String> environment =
        Map.of("HOME", "/home/a", "STEPBOX_QUOTA", text, "STEPBOX_RESERVE", text);
    assertThat(Settings.from(environment).quotaBytes()).isEqualTo(bytes);
    assertThat(Settings.from(environment).reserveBytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"50", "50GB", "-1GiB", "1.5GiB", "1234567GiB", "GiB"})
  void anythingElseIsNoSize(String text) {
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> Settings.from(Map.of("HOME", "/home/a", "STEPBOX_QUOTA", text)))
        .withMessage("cannot use STEPBOX_QUOTA='%s': it is not a size", text);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "999999,999999"})
  void theTimeOfAnOrphanIsInSeconds(String text, long seconds) {
    Settings settings = Settings.from(Map.of("HOME", "/home/a", "STEPBOX_ORPHAN_TIMEOUT", text));
    assertThat(settings.orphanTimeout()).hasSeconds(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1s", "1.5", "1000000"})
  void anythingElseIsNoNumberOfSeconds(String text) {
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> Settings.from(Map.of("HOME", "/a", "STEPBOX_ORPHAN_TIMEOUT", text)))
        .withMessage("cannot use STEPBOX_ORPHAN_TIMEOUT='%s': it is not a number of seconds", text);
  }

  @Test
  void withoutAnyHomeTheRemedyNamesTheVariable() {
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> Settings.from(Map.of()))
        .satisfies(
            e -> assertThat(e.problems().getFirst().remedy()).contains("Set STEPBOX_HOME to"));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-,-,-,xterm,false,true",
        "-,-,-,dumb,false,false",
        "-,-,0,xterm,false,false",
        "-,1,-,xterm,true,true",
        "-,1,0,dumb,true,true",
        "-,0,-,xterm,false,true",
        "1,1,-,xterm,false,false",
        "'',-,-,xterm,false,true",
      })
  void coloursFollowTheUsualVariables(
      String no, String force, String clicolor, String term, boolean file, boolean terminal) {
    Map<String, String> environment = new HashMap<>(Map.of("TERM", term));
    put(environment, "NO_COLOR", no);
    put(environment, "CLICOLOR_FORCE", force);
    put(environment, "CLICOLOR", clicolor);
    ColourPolicy policy = ColourPolicy.of(environment);
    assertThat(policy.applies(false)).as("into a file").isEqualTo(file);
    assertThat(policy.applies(true)).as("on a terminal").isEqualTo(terminal);
  }

  private static void put(Map<String, String> environment, String name, String value) {
    if (value != null) {
      environment.put(name, value);
    }
  }
}
