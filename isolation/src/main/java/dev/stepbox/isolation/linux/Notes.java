package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of lines of words, for the next engine to read. Words are separated by tabs; a tab, line
 * end or percent sign inside a word is written as {@code %} and two hexadecimal digits.
 */
final class Notes {
  private Notes() {}

  /** Replaces the file; a reader sees the old or the new one, never a half. */
  static void write(Path file, List<List<String>> lines) {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.writeString(temporary, text(lines));
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw RunDirectory.unusable("write", file, e);
    }
  }

  /** Adds a line, whole or not at all; half a line that is there goes. */
  static void append(Path file, List<String> line) {
    ByteBuffer bytes = ByteBuffer.wrap(text(List.of(line)).getBytes(UTF_8));
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long whole = wholeLines(channel);
      try {
        channel.position(whole);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      } catch (IOException e) {
        channel.truncate(whole);
        throw e;
      }
    } catch (IOException e) {
      throw RunDirectory.unusable("write", file, e);
    }
  }

  /** Where the last line with an end ends; what follows is cut off. */
  private static long wholeLines(FileChannel channel) throws IOException {
    long end = channel.size();
    ByteBuffer last = ByteBuffer.allocate(1);
    while (end > 0 && channel.read(last.clear(), end - 1) == 1 && last.get(0) != '\n') {
      end--;
    }
    channel.truncate(end);
    return end;
  }

  /** The lines; none when the file is not there. A last line without its end is left out. */
  static List<List<String>> read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException ignored) {
      return List.of();
    } catch (IOException e) {
      throw RunDirectory.unusable("read", file, e);
    }
    List<List<String>> lines = new ArrayList<>();
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      List<String> words = new ArrayList<>();
      for (String word : text.substring(start, end).split("\t", -1)) {
        words.add(unescape(word));
      }
      lines.add(List.copyOf(words));
      start = end + 1;
    }
    return List.copyOf(lines);
  }

  private static String text(List<List<String>> lines) {
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      text.append(String.join("\t", line.stream().map(Notes::escape).toList())).append('\n');
    }
    return text.toString();
  }

  private static String escape(String word) {
    return word.replace("%", "%25").replace("\t", "%09").replace("\n", "%0A").replace("\r", "%0D");
  }

  private static String unescape(String word) {
    return word.replace("%0D", "\r").replace("%0A", "\n").replace("%09", "\t").replace("%25", "%");
  }
}
