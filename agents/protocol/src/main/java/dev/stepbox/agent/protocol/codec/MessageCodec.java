package dev.stepbox.agent.protocol.codec;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Message;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonReader;
import dev.stepbox.agent.protocol.json.JsonWriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Messages as lines of JSON, for transports that leave the process. A line is one object: {@code
 * version}, {@code type} (the record's name), and the record's components by their names; an absent
 * component is left out, instants and durations are ISO 8601, bytes are Base64. A variant of a
 * sealed type carries its name as {@code type} too.
 *
 * <p>Reading is strict: an unknown type or member, a missing component, a value that the record
 * refuses, are all {@link AgentErrorCode#MESSAGE_MALFORMED}. The messages of these exceptions name
 * places, never values, so that a secret cannot get into a log. Stateless, for any thread.
 */
public final class MessageCodec {
  /** The longest line, in characters: 16 Mi. */
  public static final int MAX_LINE_LENGTH = JsonReader.LENGTH_MAX;

  private static final String VERSION = "version";

  private MessageCodec() {}

  /**
   * The message as one line, without a line end.
   *
   * @throws AgentException with {@link AgentErrorCode#MESSAGE_TOO_LARGE}
   */
  public static String encode(Message message) {
    Class<?> direction =
        switch (message) {
          case ToWorker _ -> ToWorker.class;
          case FromWorker _ -> FromWorker.class;
        };
    var writer = new JsonWriter().beginObject();
    writer.field(VERSION, (long) ProtocolVersion.CURRENT);
    RecordShape.write(writer, message, direction);
    String line = writer.endObject().toString();
    requireLength(line);
    return line;
  }

  /** Reads what an engine sent; see the class for what is refused. */
  public static ToWorker decodeToWorker(String line) {
    return decode(line, ToWorker.class);
  }

  /** Reads what a worker sent; see the class for what is refused. */
  public static FromWorker decodeFromWorker(String line) {
    return decode(line, FromWorker.class);
  }

  private static <T extends Message> T decode(String line, Class<T> direction) {
    requireLength(line);
    JsonObject object;
    try {
      object = JsonReader.read(line);
    } catch (JsonException e) {
      throw RecordShape.malformed("" + e.getMessage());
    }
    requireVersion(object.valueOrNull(VERSION));
    return direction.cast(RecordShape.read(object, direction, Set.of(VERSION)));
  }

  private static void requireLength(String line) {
    if (line.length() > MAX_LINE_LENGTH) {
      throw new AgentException(
          AgentErrorCode.MESSAGE_TOO_LARGE,
          "message has %d characters, at most %d can be sent"
              .formatted(line.length(), MAX_LINE_LENGTH));
    }
  }

  private static void requireVersion(@Nullable Object version) {
    if (!(version instanceof Long number)) {
      throw new AgentException(
          AgentErrorCode.MESSAGE_MALFORMED, "cannot read message: it has no version");
    }
    if (number != ProtocolVersion.CURRENT) {
      throw new AgentException(
          AgentErrorCode.VERSION_MISMATCH,
          "cannot read message of protocol version %d, this end speaks %d. Use the same release of"
                  .formatted(number, ProtocolVersion.CURRENT)
              + " Stepbox on both ends.");
    }
  }
}
