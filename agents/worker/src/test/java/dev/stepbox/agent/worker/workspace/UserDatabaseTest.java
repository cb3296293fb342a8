package dev.stepbox.agent.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.isolation.StepUser;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserDatabaseTest {
  private final UserDatabase users =
      new UserDatabase(
          """
          root:x:0:0:root:/root:/bin/sh
          # a comment, and lines that are none
          broken:x:12
          node:x:1000:1001::/home/node:/bin/sh
          """,
          """
          root:x:0:
          node:x:1001:
          docker:x:999:node,other
          wheel:x:10:other
          """);

  @Test
  void aUserIsFoundByNameAndByNumber() {
    var node = new StepUser(1000, 1001, List.of(999));
    assertThat(users.find("node")).isEqualTo(new UserDatabase.Account(node, "/home/node"));
    assertThat(users.find("1000")).isEqualTo(new UserDatabase.Account(node, "/home/node"));
  }

  @Test
  void aGroupTakesThePlaceOfTheUsersOwn() {
    assertThat(users.find("node:docker").user()).isEqualTo(new StepUser(1000, 999, List.of()));
    assertThat(users.find("node:7").user()).isEqualTo(new StepUser(1000, 7, List.of()));
  }

  @Test
  void aNumberNeedNotBeInTheFiles() {
    assertThat(users.find("4711"))
        .isEqualTo(new UserDatabase.Account(new StepUser(4711, 0, List.of()), null));
    assertThat(new UserDatabase("", "").find("5:6").user())
        .isEqualTo(new StepUser(5, 6, List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "node:nogroup", "12345678"})
  void anUnknownNameIsRefused(String spec) {
    assertThatThrownBy(() -> users.find(spec))
        .isInstanceOfSatisfying(
            AgentException.class,
            e -> assertThat(e.code()).isEqualTo(AgentErrorCode.IMAGE_UNUSABLE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"etc/passwd", "etc/group"})
  void aFileAtTheLimitIsReadAndALargerOneRefused(String file) throws Exception {
    assertThat(UserDatabase.of(image(file, 4 << 20)).find("7").user().uid()).isEqualTo(7);
    assertThatThrownBy(() -> UserDatabase.of(image(file, (4 << 20) + 1)))
        .isInstanceOfSatisfying(
            AgentException.class,
            e -> assertThat(e.code()).isEqualTo(AgentErrorCode.IMAGE_UNUSABLE))
        .hasMessageContaining(file);
  }

  private static WorkspaceView image(String file, long bytes) {
    var trees = new ListedTrees(bytes);
    return new WorkspaceView(trees, List.of(trees.layer("image", "f " + file)));
  }
}
