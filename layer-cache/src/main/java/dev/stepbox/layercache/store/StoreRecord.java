package dev.stepbox.layercache.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A small file of named values: one line {@code name value} each, the same name any number of
 * times, and a last line with the CRC-32C of all before it, so that a torn file is told from a
 * whole one.
 */
public final class StoreRecord {
  private static final String CHECKSUM = "crc32c";

  /** One value. */
  private record Field(String name, String value) {}

  private final List<Field> fields = new ArrayList<>();

  /** Adds a value; a name is one word. */
  public StoreRecord with(String name, String value) {
    if (name.isEmpty() || name.indexOf(' ') >= 0 || name.equals(CHECKSUM)) {
      throw new IllegalArgumentException("not a name of a value: '%s'".formatted(name));
    }
    fields.add(new Field(name, value));
    return this;
  }

  public StoreRecord with(String name, long value) {
    return with(name, Long.toString(value));
  }

  /** Adds a value for each of some things. */
  public StoreRecord withAll(String name, Iterable<?> values) {
    for (Object value : values) {
      with(name, value.toString());
    }
    return this;
  }

  public Optional<String> find(String name) {
    return fields.stream().filter(f -> f.name.equals(name)).map(Field::value).findFirst();
  }

  /**
   * A value that must be there.
   *
   * @throws Malformed when it is not
   */
  public String get(String name) throws Malformed {
    return find(name).orElseThrow(() -> new Malformed("it has no '%s'".formatted(name)));
  }

  /** A number that must be there. */
  public long number(String name) throws Malformed {
    String value = get(name);
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new Malformed("its '%s' is no number: '%s'".formatted(name, value));
    }
  }

  public List<String> all(String name) {
    return fields.stream().filter(f -> f.name.equals(name)).map(Field::value).toList();
  }

  byte[] bytes() {
    StringBuilder text = new StringBuilder();
    for (Field field : fields) {
      text.append(field.name).append(' ').append(escaped(field.value)).append('\n');
    }
    byte[] body = text.toString().getBytes(UTF_8);
    text.append(CHECKSUM).append(" %08x\n".formatted(checksum(body, body.length)));
    return text.toString().getBytes(UTF_8);
  }

  static StoreRecord parse(byte[] bytes) throws Malformed {
    int end = bytes.length - 1;
    if (end < 0 || bytes[end] != '\n') {
      throw new Malformed("it is cut short");
    }
    int start = end;
    while (start > 0 && bytes[start - 1] != '\n') {
      start--;
    }
    String expected = CHECKSUM + " %08x".formatted(checksum(bytes, start));
    if (!expected.equals(new String(bytes, start, end - start, UTF_8))) {
      throw new Malformed("its checksum is wrong");
    }
    StoreRecord record = new StoreRecord();
    for (String line : new String(bytes, 0, start, UTF_8).split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0) {
        record.fields.add(new Field(line.substring(0, space), plain(line.substring(space + 1))));
      } else if (!line.isEmpty()) {
        throw new Malformed("it has a line without a name");
      }
    }
    return record;
  }

  private static long checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return crc.getValue();
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n");
  }

  private static String plain(String escaped) {
    StringBuilder plain = new StringBuilder();
    for (int at = 0; at < escaped.length(); at++) {
      char c = escaped.charAt(at);
      if (c == '\\' && at + 1 < escaped.length()) {
        at++;
        c = escaped.charAt(at) == 'n' ? '\n' : escaped.charAt(at);
      }
      plain.append(c);
    }
    return plain.toString();
  }

  /** A record is not what was written. */
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    public Malformed(String why) {
      super(why);
    }
  }
}
