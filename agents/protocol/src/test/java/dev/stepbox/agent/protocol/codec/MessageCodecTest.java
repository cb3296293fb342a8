package dev.stepbox.agent.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Message;
import dev.stepbox.agent.protocol.ToWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
  private static final Path GOLDEN =
      Path.of("src/test/resources/dev/stepbox/agent/protocol/codec/messages.jsonl");
  private static final String RELEASE = "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"7\"}";

  static List<Message> samples() {
    return SampleMessages.all();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void aMessageComesBackAsItWas(Message message) {
    String line = MessageCodec.encode(message);
    assertThat(line).doesNotContain("\n");
    assertThat(decode(line, message)).isEqualTo(message);
  }

  @Test
  void theSamplesHoldEveryTypeOfMessage() {
    Set<Class<?>> types = new HashSet<>();
    samples().forEach(sample -> types.add(sample.getClass()));
    assertThat(types)
        .containsAll(List.of(ToWorker.class.getPermittedSubclasses()))
        .containsAll(List.of(FromWorker.class.getPermittedSubclasses()));
  }

  /** A change here is a change of the wire format: raise the protocol version with it. */
  @Test
  void theWireFormatIsTheRecordedOne() throws IOException {
    List<String> lines = samples().stream().map(MessageCodec::encode).toList();
    if (Boolean.getBoolean("golden.update")) {
      Files.write(GOLDEN, lines);
    }
    assertThat(lines).isEqualTo(Files.readAllLines(GOLDEN));
  }

  @Test
  void membersMayComeInAnyOrder() {
    assertThat(
            MessageCodec.decodeToWorker(
                " { \"build\" : \"7\" , \"type\" : \"ReleaseBuild\" , \"version\" : 1 } "))
        .isEqualTo(new ToWorker.ReleaseBuild("7"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"version\":1}",
        "{\"version\":1,\"type\":\"ReleaseBuild\"}",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":7}",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"../7\"}",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"7\",\"more\":1}",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"7\"} x",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"7\",\"build\":\"7\"}",
        "{\"version\":1,\"type\":\"WorkerReady\",\"build\":\"7\"}",
        "{\"version\":1,\"type\":\"java.lang.String\",\"build\":\"7\"}",
        "{\"version\":1.5,\"type\":\"ReleaseBuild\",\"build\":\"7\"}",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"\\u12\"}",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"\\x\"}",
        "{\"version\":1,\"type\":\"ReleaseBuild\",\"build\":\"7",
        "{\"version\":99999999999999999999,\"type\":\"ReleaseBuild\",\"build\":\"7\"}",
      })
  void whatIsNoMessageIsRefused(String line) {
    assertThatThrownBy(() -> MessageCodec.decodeToWorker(line))
        .isInstanceOfSatisfying(
            AgentException.class,
            e -> assertThat(e.code()).isEqualTo(AgentErrorCode.MESSAGE_MALFORMED));
  }

  @Test
  void anotherVersionIsRefused() {
    assertThatThrownBy(() -> MessageCodec.decodeToWorker(RELEASE.replace("1", "2")))
        .isInstanceOfSatisfying(
            AgentException.class,
            e -> assertThat(e.code()).isEqualTo(AgentErrorCode.VERSION_MISMATCH));
  }

  @Test
  void aLineOfTheGreatestLengthIsReadAndALongerOneRefused() {
    String padded = RELEASE + " ".repeat(MessageCodec.MAX_LINE_LENGTH - RELEASE.length());
    assertThat(MessageCodec.decodeToWorker(padded)).isEqualTo(new ToWorker.ReleaseBuild("7"));
    assertThatThrownBy(() -> MessageCodec.decodeToWorker(padded + " "))
        .isInstanceOfSatisfying(
            AgentException.class,
            e -> assertThat(e.code()).isEqualTo(AgentErrorCode.MESSAGE_TOO_LARGE));
  }

  @Test
  void noErrorQuotesASecret() {
    String line = MessageCodec.encode(samples().getFirst());
    assertThat(line).contains("s3cr3t");
    for (String damaged :
        List.of(
            line.replace("s3cr3t\\nvalue", "s3c"),
            line.replace("\"s3cr3t", "\"s3cr3t\\q"),
            line.replace("\"value\":\"s3cr3t\\nvalue\"", "\"s3cr3t\":1"))) {
      assertThat(damaged).isNotEqualTo(line);
      assertThatThrownBy(() -> MessageCodec.decodeToWorker(damaged))
          .isInstanceOf(AgentException.class)
          .satisfies(e -> {
            for (Throwable t = e; t != null; t = t.getCause()) {
              assertThat(t.toString()).doesNotContain("s3c");
            }
          });
    }
  }

  /** Lines with a few changed, removed or doubled characters: refused or read, nothing else. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void damagedLinesAreRefusedOrRead(long seed) {
    var random = new Random(seed);
    List<String> lines = samples().stream().map(MessageCodec::encode).toList();
    for (int i = 0; i < 20_000; i++) {
      String line = damage(lines.get(random.nextInt(lines.size())), random);
      for (boolean toWorker : new boolean[] {true, false}) {
        try {
          Message read =
              toWorker ? MessageCodec.decodeToWorker(line) : MessageCodec.decodeFromWorker(line);
          assertThat(decode(MessageCodec.encode(read), read)).isEqualTo(read);
        } catch (AgentException e) {
          assertThat(e.code())
              .as("line %s", line)
              .isIn(
                  AgentErrorCode.MESSAGE_MALFORMED,
                  AgentErrorCode.MESSAGE_TOO_LARGE,
                  AgentErrorCode.VERSION_MISMATCH);
        }
      }
    }
  }

  private static String damage(String line, Random random) {
    var damaged = new StringBuilder(line);
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes && !damaged.isEmpty(); i++) {
      int at = random.nextInt(damaged.length());
      switch (random.nextInt(4)) {
        case 0 -> damaged.setCharAt(at, "{}[]\",:\\0-9a\u0000\ud800".charAt(random.nextInt(14)));
        case 1 -> damaged.deleteCharAt(at);
        case 2 -> damaged.insert(at, damaged.charAt(random.nextInt(damaged.length())));
        default -> damaged.setLength(at);
      }
    }
    return damaged.toString();
  }

  private static Message decode(String line, Message like) {
    return switch (like) {
      case ToWorker _ -> MessageCodec.decodeToWorker(line);
      case FromWorker _ -> MessageCodec.decodeFromWorker(line);
    };
  }

  @Test
  void aSecretIsNotInTheTextOfItsMessage() {
    assertThat(samples().stream().map(Message::toString))
        .isNotEmpty()
        .allMatch(text -> Stream.of("s3cr3t").noneMatch(text::contains));
  }
}
