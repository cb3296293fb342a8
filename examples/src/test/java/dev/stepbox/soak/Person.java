package dev.stepbox.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The ordinary user who runs Stepbox, with the ids that his sandboxes use.
 *
 * @param first subordinate id
 * @param count of subordinate ids
 */
record Person(String name, int uid, int first, int count) {

  /** Reads /etc/passwd and /etc/subuid: passwd(5), subuid(5). */
  static Person named(String name) throws IOException {
    String[] account = line(Path.of("/etc/passwd"), name);
    String[] range = line(Path.of("/etc/subuid"), name);
    return new Person(
        name, Integer.parseInt(account[2]), Integer.parseInt(range[1]), Integer.parseInt(range[2]));
  }

  private static String[] line(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name + ":"))
        .findFirst()
        .map(line -> line.split(":"))
        .orElseThrow(() -> new IOException("'%s' has no line for '%s'".formatted(file, name)));
  }

  boolean is(int id) {
    return id == uid || (id >= first && id < first + count);
  }

  /** The words that make a command this user's. */
  List<String> prefix() {
    return List.of("setpriv", "--reuid=" + name, "--regid=" + name, "--init-groups", "--");
  }
}
