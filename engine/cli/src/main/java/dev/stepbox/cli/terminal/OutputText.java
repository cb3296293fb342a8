package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Turns the raw output of one step into lines that are safe to show beside our own: colours stay
 * (or go), everything else that steers a terminal is taken out: cursor movement, screen modes,
 * titles, links, device strings, 8-bit controls, invalid UTF-8 and marks that reorder text. A
 * carriage return starts the line again, as it looks on a terminal, so a progress bar is one line.
 *
 * <p>Colours that a step leaves switched on are switched off at the end of each line and on again
 * in its next one. A sequence may be cut anywhere between two calls. Not thread-safe.
 */
public final class OutputText {

  /** Bytes of one line that are kept; what is more is counted and named at its end. */
  public static final int LINE_BYTES_MAX = 16 * 1024;

  /** Bytes of a title or device string that are swallowed before we take it for plain text. */
  static final int STRING_BYTES_MAX = 1024 * 1024;

  /** Bytes of one colour sequence; a longer one is taken out. */
  static final int SEQUENCE_BYTES_MAX = 64;

  private static final byte[] RESET = {0x1b, '[', '0', 'm'};
  private static final byte ESCAPE = 0x1b;
  private static final byte BELL = 0x07;

  /** What becomes of the colours of a step. */
  public enum Colours {
    /** They are shown. */
    KEEP,
    /** They are taken out. */
    DROP
  }

  private enum State {
    TEXT,
    ESCAPE,
    INTERMEDIATE,
    CONTROL,
    STRING,
    STRING_ESCAPE,
    AFTER_C2
  }

  private final Colours colours;
  private final LineSink sink;
  private State state = State.TEXT;
  private boolean stringMayHoldLines;
  private int stringLength;
  private boolean stringEndLead;
  private byte[] line = new byte[256];
  private int length;
  private long dropped;
  private boolean restart;
  private boolean beyondAscii;
  private boolean coloured;
  private boolean hasText;
  private int colourEnd;
  private final byte[] sequence = new byte[SEQUENCE_BYTES_MAX];
  private int sequenceLength;
  private final ColourState colour = new ColourState();

  /** Makes a reader for one step's output; complete lines go to the sink. */
  public OutputText(Colours colours, LineSink sink) {
    this.colours = colours;
    this.sink = sink;
  }

  /** Takes the next bytes of the output and hands on the lines that they complete. */
  public void accept(byte[] bytes, int offset, int count) {
    int end = offset + count;
    int at = offset;
    while (at < end) {
      int after = state == State.TEXT ? plainRun(bytes, at, end) : at;
      if (after == at) {
        step(bytes[at]);
        after++;
      }
      at = after;
    }
  }

  /** The text of the line that has no end yet; empty if there is none. */
  public String partial() {
    StringCollector collected = new StringCollector();
    emit(collected);
    return collected.text;
  }

  /** Hands on a last line that has no end. Further output may follow. */
  public void flush() {
    if (hasText) {
      endLine();
    }
  }

  /**
   * Forgets the line that is being put together and any sequence that is open: the caller left out
   * some of the output.
   */
  public void skip() {
    state = State.TEXT;
    colour.clear();
    startLine();
  }

  /** Copies the longest run of bytes that need no thought, and says where it ends. */
  private int plainRun(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && bytes[at] >= 0x20 && bytes[at] != 0x7f) {
      at++;
    }
    if (at > from) {
      if (length == 0 && !restart && at < end && bytes[at] == '\n' && at - from <= LINE_BYTES_MAX) {
        sink.line(bytes, from, at - from);
        return at + 1;
      }
      append(bytes, from, at - from);
    }
    return at;
  }

  private void step(byte b) {
    switch (state) {
      case TEXT -> text(b);
      case AFTER_C2 -> afterC2(b);
      case ESCAPE -> escape(b);
      case INTERMEDIATE -> {
        if (b < 0x20 || b > 0x2f) {
          state = State.TEXT;
        }
      }
      case CONTROL -> control(b);
      case STRING -> string(b);
      case STRING_ESCAPE -> {
        if (b == '\\') {
          state = State.TEXT;
        } else {
          state = State.ESCAPE;
          escape(b);
        }
      }
    }
  }

  private void text(byte b) {
    switch (b) {
      case '\n' -> endLine();
      case '\r' -> restart = true;
      case '\t' -> append(b);
      case '\b' -> backspace();
      case ESCAPE -> state = State.ESCAPE;
      case (byte) 0xC2 -> state = State.AFTER_C2;
      default -> {
        if (b < 0) {
          beyondAscii = true;
          append(b);
        }
      }
    }
  }

  /** U+0080 to U+009F are written C2 80 to C2 9F, and a terminal obeys them as controls. */
  private void afterC2(byte b) {
    state = State.TEXT;
    int low = b & 0xff;
    if (low < 0x80 || low > 0x9f) {
      beyondAscii = true;
      append((byte) 0xC2);
      if (low >= 0xa0 && low <= 0xbf) {
        append(b);
      } else {
        text(b);
        if (b >= 0x20 && b < 0x7f) {
          append(b);
        }
      }
      return;
    }
    switch (low) {
      case 0x9b -> startControl();
      case 0x9d -> startString(false);
      case 0x90, 0x98, 0x9e, 0x9f -> startString(true);
      case 0x85 -> endLine();
      default -> state = State.TEXT;
    }
  }

  private void escape(byte b) {
    switch (b) {
      case '[' -> startControl();
      case ']' -> startString(false);
      case 'P', 'X', '^', '_' -> startString(true);
      case ESCAPE -> state = State.ESCAPE;
      case '\n' -> {
        state = State.TEXT;
        endLine();
      }
      default -> state = b >= 0x20 && b <= 0x2f ? State.INTERMEDIATE : State.TEXT;
    }
  }

  private void startControl() {
    state = State.CONTROL;
    sequenceLength = 0;
  }

  private void startString(boolean mayHoldLines) {
    state = State.STRING;
    stringMayHoldLines = mayHoldLines;
    stringLength = 0;
    stringEndLead = false;
  }

  private void control(byte b) {
    if (b >= 0x40 && b <= 0x7e) {
      state = State.TEXT;
      if (b == 'm') {
        colourChange();
      }
    } else if (b == '\n') {
      state = State.TEXT;
      endLine();
    } else if (b == ESCAPE) {
      state = State.ESCAPE;
    } else if (b == 0x18 || b == 0x1a) {
      state = State.TEXT;
    } else {
      if (sequenceLength < SEQUENCE_BYTES_MAX) {
        sequence[sequenceLength] = b;
      }
      sequenceLength++;
    }
  }

  private void string(byte b) {
    stringLength++;
    boolean afterLead = stringEndLead;
    stringEndLead = b == (byte) 0xC2;
    if (afterLead && b == (byte) 0x9C) {
      state = State.TEXT;
    } else if (b == ESCAPE) {
      state = State.STRING_ESCAPE;
    } else if (b == BELL || b == 0x18 || b == 0x1a || stringLength > STRING_BYTES_MAX) {
      state = State.TEXT;
    } else if (b == '\n' && !stringMayHoldLines) {
      state = State.TEXT;
      endLine();
    }
  }

  private void colourChange() {
    if (colours == Colours.DROP || sequenceLength > SEQUENCE_BYTES_MAX) {
      return;
    }
    for (int i = 0; i < sequenceLength; i++) {
      byte b = sequence[i];
      if ((b < '0' || b > '9') && b != ';' && b != ':') {
        return;
      }
    }
    restartIfAsked();
    colour.apply(new String(sequence, 0, sequenceLength, US_ASCII));
    if (length + sequenceLength + 3 <= LINE_BYTES_MAX) {
      put(ESCAPE);
      put((byte) '[');
      for (int i = 0; i < sequenceLength; i++) {
        put(sequence[i]);
      }
      put((byte) 'm');
      coloured = true;
      colourEnd = length;
    }
  }

  private void append(byte b) {
    restartIfAsked();
    hasText = true;
    if (length == LINE_BYTES_MAX) {
      dropped++;
    } else {
      put(b);
    }
  }

  private void append(byte[] bytes, int offset, int count) {
    restartIfAsked();
    hasText = true;
    int kept = Math.min(count, LINE_BYTES_MAX - length);
    reserve(kept);
    System.arraycopy(bytes, offset, line, length, kept);
    length += kept;
    dropped += count - kept;
  }

  private void put(byte b) {
    reserve(1);
    line[length++] = b;
  }

  private void reserve(int more) {
    if (length + more > line.length) {
      int size = Math.max(line.length * 2, length + more);
      line = Arrays.copyOf(line, Math.min(LINE_BYTES_MAX, size));
    }
  }

  private void restartIfAsked() {
    if (restart) {
      startLine();
    }
  }

  private void backspace() {
    restartIfAsked();
    if (length > colourEnd) {
      do {
        length--;
      } while (length > colourEnd && (line[length] & 0xC0) == 0x80);
    }
  }

  private void endLine() {
    emit(sink);
    startLine();
  }

  private void startLine() {
    restart = false;
    hasText = false;
    dropped = 0;
    beyondAscii = false;
    length = 0;
    byte[] opening = colour.opening();
    reserve(opening.length);
    System.arraycopy(opening, 0, line, 0, opening.length);
    length = opening.length;
    colourEnd = length;
    coloured = length > 0;
  }

  private void emit(LineSink to) {
    byte[] bytes = line;
    int count = length;
    if (beyondAscii) {
      bytes = readable(new String(line, 0, length, UTF_8)).getBytes(UTF_8);
      count = bytes.length;
    }
    if (dropped == 0 && !coloured) {
      to.line(bytes, 0, count);
      return;
    }
    byte[] note =
        dropped == 0 ? new byte[0] : " [%d more bytes]".formatted(dropped).getBytes(UTF_8);
    boolean open = coloured && (dropped > 0 || colour.opening().length > 0);
    byte[] reset = open ? RESET : new byte[0];
    byte[] whole = Arrays.copyOf(bytes, count + reset.length + note.length);
    System.arraycopy(reset, 0, whole, count, reset.length);
    System.arraycopy(note, 0, whole, count + reset.length, note.length);
    to.line(whole, 0, whole.length);
  }

  /** Takes out what reorders or hides text: bidirectional overrides and the controls of U+0080. */
  private static String readable(String text) {
    StringBuilder kept = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean harmful =
          (c >= '\u202a' && c <= '\u202e')
              || (c >= '\u2066' && c <= '\u2069')
              || (c >= '\u0080' && c <= '\u009f')
              || c == '\u2028'
              || c == '\u2029';
      if (harmful && kept == null) {
        kept = new StringBuilder(text.length()).append(text, 0, i);
      } else if (!harmful && kept != null) {
        kept.append(c);
      }
    }
    return kept == null ? text : kept.toString();
  }

  private static final class StringCollector implements LineSink {
    private String text = "";

    @Override
    public void line(byte[] bytes, int offset, int count) {
      text = new String(bytes, offset, count, UTF_8);
    }
  }
}
