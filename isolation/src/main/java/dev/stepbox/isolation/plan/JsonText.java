package dev.stepbox.isolation.plan;

import java.util.Collection;
import java.util.function.Consumer;

/** Writes JSON, for programs that read nothing else. Not safe for use by several threads. */
final class JsonText {
  private static final int FIRST_PRINTABLE = 0x20;

  private final StringBuilder text = new StringBuilder();
  private boolean needsComma;

  /** Anything that ends a value. */
  private JsonText raw(String value) {
    text.append(needsComma ? "," : "").append(value);
    needsComma = true;
    return this;
  }

  JsonText field(String name, String value) {
    return name(name).value(value);
  }

  JsonText field(String name, long value) {
    return name(name).raw(Long.toString(value));
  }

  JsonText field(String name, boolean value) {
    return name(name).raw(Boolean.toString(value));
  }

  /** A value that is JSON already. */
  JsonText json(String name, String value) {
    return name(name).raw(value);
  }

  JsonText object(String name, Consumer<JsonText> fields) {
    return name(name).object(fields);
  }

  JsonText object(Consumer<JsonText> fields) {
    return nested('{', '}', fields);
  }

  JsonText array(String name, Consumer<JsonText> items) {
    return name(name).nested('[', ']', items);
  }

  JsonText array(String name, Collection<String> items) {
    return array(name, each -> items.forEach(each::value));
  }

  JsonText number(long value) {
    return raw(Long.toString(value));
  }

  private JsonText nested(char begin, char end, Consumer<JsonText> content) {
    text.append(needsComma ? "," : "").append(begin);
    needsComma = false;
    content.accept(this);
    text.append(end);
    needsComma = true;
    return this;
  }

  private JsonText name(String name) {
    value(name);
    text.append(':');
    needsComma = false;
    return this;
  }

  JsonText value(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < FIRST_PRINTABLE) {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return raw(quoted.append('"').toString());
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
