package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.Permissions.HostNetwork;
import dev.stepbox.engine.Permissions.Nesting;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.plan.Wish;
import dev.stepbox.engine.testing.TestEngine;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WishesTest {
  private static final String WISHES =
      """
      stepbox: 1
      stages:
        - stage: Build
          agent: {image: rootfs:/srv/a.tar}
          steps:
            - sh: print one
            - sh: print two
              network: host
            - sh: print nested
              nesting: true
            - checkout: {url: /srv/other}
        - stage: Test
          when: {branch: none}
          steps:
            - sh: print skipped
              network: host
        - stage: Last
          agent: {image: rootfs:/srv/a.tar}
          steps:
            - sh: print three
      """;

  @TempDir private Path directory;
  private LocalEngine engine;

  @BeforeEach
  void open() {
    engine = TestEngine.open(directory.resolve("home"), () -> Instant.EPOCH);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private BuildRequest request(Permissions permissions) {
    RunOptions usual = RunOptions.DEFAULTS;
    return TestEngine.request(WISHES, directory)
        .options(
            new RunOptions(
                usual.capsPolicy(),
                usual.parallel(),
                usual.grace(),
                usual.outputLimitBytes(),
                usual.execution(),
                null,
                null,
                permissions))
        .build();
  }

  private List<String> refused(Permissions permissions) throws InterruptedException {
    BuildRequest request = request(permissions);
    return engine.refused(request, engine.plan(request)).stream().map(Wish::toString).toList();
  }

  @Test
  void everyWishIsToldOnceWithItsPlaceAndWhatAllowsIt() throws Exception {
    assertThat(refused(Permissions.NONE))
        .containsExactly(
            "stepbox.yaml:3:12: Build asks for image 'rootfs:/srv/a.tar', which is not in its own"
                + " directory or repository; --allow-path /srv/a.tar allows it",
            "stepbox.yaml:7:9: Build/2 asks for the network of this machine ('network: host');"
                + " --allow-host-network allows it",
            "stepbox.yaml:9:9: Build/3 asks for namespaces of its own making ('nesting: true');"
                + " --allow-nesting allows it",
            "stepbox.yaml:11:9: Build/4 asks for repository '/srv/other', which is not in its own"
                + " directory or repository; --allow-path /srv/other allows it");
  }

  @Test
  void whatIsAllowedIsNoWish() throws Exception {
    List<Path> all = List.of(Path.of("/srv"));
    assertThat(refused(new Permissions(HostNetwork.ALLOWED, Nesting.ALLOWED, List.of())))
        .hasSize(2);
    assertThat(refused(new Permissions(HostNetwork.REFUSED, Nesting.ALLOWED, all)))
        .singleElement()
        .asString()
        .contains("--allow-host-network");
    assertThat(refused(new Permissions(HostNetwork.ALLOWED, Nesting.REFUSED, all)))
        .singleElement()
        .asString()
        .contains("--allow-nesting");
    assertThat(refused(new Permissions(HostNetwork.ALLOWED, Nesting.ALLOWED, all))).isEmpty();
  }

  @Test
  void aRefusedBuildDoesNotExist() {
    assertThatThrownBy(() -> engine.submit(request(Permissions.NONE)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_ALLOWED))
        .hasMessageContaining("\n  stepbox.yaml:7:9: Build/2 asks for the network");
    assertThat(engine.builds()).isEmpty();
  }
}
