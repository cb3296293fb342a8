package dev.stepbox.engine.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.EventJson;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One line of a journal: the CRC-32C of the JSON as eight hexadecimal digits, a space, the JSON of
 * the event in UTF-8, a line feed.
 */
final class Records {

  /** Longest record, with its end, in bytes. */
  static final int BYTES_MAX = 16 * 1024 * 1024;

  private static final int JSON_AT = 9;
  private static final byte[] HEX = "0123456789abcdef".getBytes(UTF_8);

  private Records() {}

  static byte[] write(BuildEvent event) {
    byte[] json = EventJson.write(event).getBytes(UTF_8);
    if (json.length + JSON_AT + 1 > BYTES_MAX) {
      throw new IllegalArgumentException(
          "an event of %d bytes; the limit is %d".formatted(json.length, BYTES_MAX));
    }
    byte[] line = new byte[json.length + JSON_AT + 1];
    int checksum = checksum(json, 0, json.length);
    for (int i = 0; i < 8; i++) {
      line[i] = HEX[(checksum >>> (28 - 4 * i)) & 15];
    }
    line[8] = ' ';
    System.arraycopy(json, 0, line, JSON_AT, json.length);
    line[line.length - 1] = '\n';
    return line;
  }

  /**
   * The event of a line without its line feed; null when it is not what was written.
   *
   * @throws JsonException when it is, but not an event that this version knows
   */
  static @Nullable BuildEvent read(byte[] bytes, int from, int to) {
    if (to - from <= JSON_AT || bytes[from + 8] != ' ') {
      return null;
    }
    int written = 0;
    for (int i = 0; i < 8; i++) {
      int digit = Character.digit(bytes[from + i], 16);
      if (digit < 0 || bytes[from + i] < 0 || Character.isUpperCase(bytes[from + i])) {
        return null;
      }
      written = (written << 4) | digit;
    }
    if (written != checksum(bytes, from + JSON_AT, to)) {
      return null;
    }
    return EventJson.read(new String(bytes, from + JSON_AT, to - from - JSON_AT, UTF_8));
  }

  private static int checksum(byte[] bytes, int from, int to) {
    var checksum = new CRC32C();
    checksum.update(bytes, from, to - from);
    return (int) checksum.getValue();
  }
}
