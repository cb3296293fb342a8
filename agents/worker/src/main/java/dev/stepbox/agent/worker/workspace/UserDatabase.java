package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.worker.workspace.WorkspaceView.Found;
import dev.stepbox.isolation.StepUser;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The users and groups of an image, from its {@code /etc/passwd} and {@code /etc/group}. Lines that
 * are not in their form are passed over, as the programs of a system do.
 */
final class UserDatabase {
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");
  private static final long FILE_BYTES_MAX = 4L << 20;
  private static final int PASSWD_FIELDS = 7;
  private static final int GROUP_FIELDS = 4;

  private final List<String[]> users;
  private final List<String[]> groups;

  /**
   * Reads the two files.
   *
   * @param passwd empty for an image without users
   * @param group empty for an image without groups
   */
  UserDatabase(String passwd, String group) {
    users = records(passwd, PASSWD_FIELDS);
    groups = records(group, GROUP_FIELDS);
  }

  /**
   * The users and groups of an image; none where it lacks the files.
   *
   * @throws AgentException {@link AgentErrorCode#IMAGE_UNUSABLE}
   */
  static UserDatabase of(WorkspaceView image) throws InterruptedException {
    return new UserDatabase(text(image, "etc/passwd"), text(image, "etc/group"));
  }

  private static String text(WorkspaceView image, String file) throws InterruptedException {
    List<Found> found = image.find(FileGlobs.of(List.of(file), List.of())).files();
    if (found.isEmpty()) {
      return "";
    }
    long size = found.getFirst().entry().size();
    if (size > FILE_BYTES_MAX) {
      throw new AgentException(
          AgentErrorCode.IMAGE_UNUSABLE,
          "cannot look up the user of the image: its '/%s' has %d bytes, the limit is %d."
              .formatted(file, size, FILE_BYTES_MAX));
    }
    var out = new ByteArrayOutputStream();
    image.read(found.getFirst(), out);
    return out.toString(StandardCharsets.UTF_8);
  }

  /** A user as steps have it. */
  record Account(StepUser user, @Nullable String home) {}

  /**
   * Finds a user.
   *
   * @param spec {@code user[:group]}, each by name or number; a number need not be in the files
   * @throws AgentException {@link AgentErrorCode#IMAGE_UNUSABLE}
   */
  Account find(String spec) {
    int colon = spec.indexOf(':');
    String userPart = colon < 0 ? spec : spec.substring(0, colon);
    String groupPart = colon < 0 ? "" : spec.substring(colon + 1);
    String[] user = user(userPart).orElse(null);
    if (user == null && !NUMBER.matcher(userPart).matches()) {
      throw unknown("user", userPart, spec);
    }
    int uid = Integer.parseInt(user == null ? userPart : user[2]);
    int gid = user == null ? 0 : Integer.parseInt(user[3]);
    if (!groupPart.isEmpty()) {
      gid = groupId(groupPart, spec);
    }
    List<Integer> others =
        user == null || !groupPart.isEmpty() ? List.of() : otherGroups(user[0], gid);
    return new Account(new StepUser(uid, gid, others), user == null ? null : user[5]);
  }

  private Optional<String[]> user(String nameOrNumber) {
    Optional<String[]> byName = first(users, fields -> fields[0].equals(nameOrNumber));
    return byName.isPresent() ? byName : first(users, fields -> fields[2].equals(nameOrNumber));
  }

  private int groupId(String nameOrNumber, String spec) {
    Optional<String[]> group = first(groups, fields -> fields[0].equals(nameOrNumber));
    if (group.isPresent()) {
      return Integer.parseInt(group.get()[2]);
    }
    if (!NUMBER.matcher(nameOrNumber).matches()) {
      throw unknown("group", nameOrNumber, spec);
    }
    return Integer.parseInt(nameOrNumber);
  }

  private List<Integer> otherGroups(String user, int gid) {
    List<Integer> ids = new ArrayList<>();
    for (String[] group : groups) {
      int id = Integer.parseInt(group[2]);
      if (id != gid && Stream.of(group[3].split(",", -1)).anyMatch(user::equals)) {
        ids.add(id);
      }
    }
    return ids;
  }

  private static Optional<String[]> first(List<String[]> records, Predicate<String[]> wanted) {
    return records.stream().filter(wanted).findFirst();
  }

  private static List<String[]> records(String file, int fields) {
    return file.lines()
        .map(line -> line.split(":", -1))
        .filter(parts -> parts.length == fields && NUMBER.matcher(parts[2]).matches())
        .filter(parts -> fields == GROUP_FIELDS || NUMBER.matcher(parts[3]).matches())
        .toList();
  }

  private static AgentException unknown(String what, String name, String spec) {
    return new AgentException(
        AgentErrorCode.IMAGE_UNUSABLE,
        ("cannot run steps as '%s', which the image asks for: it has no %s '%s'."
                + " Build the image with a user that exists.")
            .formatted(spec, what, name));
  }
}
