package dev.stepbox.isolation.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The launcher's table of system calls, in the words of an OCI runtime.
 *
 * <p>Runtimes compare whole 64 bit arguments, of which the kernel looks at the lower 32 only; so
 * every comparison has a mask. There is no "none of these" either: what a value may not be becomes
 * a list of prefixes that it may have.
 */
final class SeccompRules {
  private static final long ALL_BITS = 0xffff_ffffL;
  private static final int WIDTH = 32;

  /** Of what the table does not name. */
  private static final int EPERM = 1;

  private static final Map<String, Integer> ERRORS =
      Map.of("EPERM", EPERM, "ENOSYS", 38, "EAFNOSUPPORT", 97);

  /** What the launcher calls {@code default}; after all that it is made with. */
  static final String DEFAULT = translate(table());

  private SeccompRules() {}

  /**
   * A comparison: the bits of {@code mask} in an argument are {@code value}.
   *
   * @param argument its number, from 0
   */
  record Test(int argument, long mask, long value) {}

  private static List<String> table() {
    try (InputStream in = SeccompRules.class.getResourceAsStream("default.table")) {
      return new String(
              Objects.requireNonNull(in, "the table is beside this class").readAllBytes(), UTF_8)
          .lines()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the table of system calls", e);
    }
  }

  /** The value of {@code linux.seccomp}. Architectures: the one that this machine has. */
  static String translate(List<String> table) {
    List<String> allowed = new ArrayList<>();
    JsonText rules = new JsonText();
    rules.object(all -> {
      all.field("defaultAction", "SCMP_ACT_ERRNO").field("defaultErrnoRet", EPERM);
      all.array(
          "syscalls",
          out -> {
            for (String line : table) {
              List<String> words = Arrays.asList(line.strip().split("\\s+"));
              switch (words.getFirst()) {
                case "allow", "allow-some" -> allowed.addAll(words.subList(1, words.size()));
                case "errno" -> refuse(out, words.subList(2, words.size()), words.get(1));
                case "if" -> allow(out, words);
                // All "else" of calls that are not refused with EPERM alone are told here.
                case "else", "number", "#", "" -> {}
                default -> throw new IllegalArgumentException("not a rule: " + line);
              }
            }
            out.object(rule -> rule.array("names", allowed).field("action", "SCMP_ACT_ALLOW"));
          });
    });
    return rules.toString();
  }

  private static void refuse(JsonText out, List<String> names, String error) {
    out.object(rule ->
        rule.array("names", names)
            .field("action", "SCMP_ACT_ERRNO")
            .field("errnoRet", Objects.requireNonNull(ERRORS.get(error), error)));
  }

  /** {@code if NAME CONDITION and CONDITION then allow}. */
  private static void allow(JsonText out, List<String> words) {
    String name = words.get(1);
    String conditions = String.join(" ", words.subList(2, words.indexOf("then")));
    List<List<Test>> rules = List.of(List.of());
    for (String condition : conditions.split(" and ")) {
      List<List<Test>> longer = new ArrayList<>();
      for (List<Test> rule : rules) {
        for (Test test : tests(condition.split(" "))) {
          List<Test> together = new ArrayList<>(rule);
          together.add(test);
          longer.add(together);
        }
      }
      rules = longer;
    }
    rules.forEach(tests -> allow(out, name, tests));
  }

  private static void allow(JsonText out, String name, List<Test> tests) {
    out.object(rule ->
        rule.array("names", List.of(name))
            .field("action", "SCMP_ACT_ALLOW")
            .array(
                "args",
                args ->
                    tests.forEach(test ->
                        args.object(arg ->
                            arg.field("index", test.argument())
                                .field("value", test.mask())
                                .field("valueTwo", test.value())
                                .field("op", "SCMP_CMP_MASKED_EQ")))));
  }

  /** One of these is true where the condition is. */
  private static List<Test> tests(String[] words) {
    int argument = Integer.parseInt(words[0].substring("arg".length()));
    List<Long> values =
        Arrays.stream(words, 2, words.length).map(Long::decode).collect(Collectors.toList());
    return switch (words[1]) {
      case "in" -> values.stream().map(value -> new Test(argument, ALL_BITS, value)).toList();
      case "without" -> List.of(new Test(argument, values.getFirst(), 0));
      case "not-in" -> others(argument, new TreeSet<>(values), 0, WIDTH);
      default -> throw new IllegalArgumentException("not a condition: " + words[1]);
    };
  }

  /** Covers all values that begin as {@code prefix} does above {@code bits}, but for some. */
  private static List<Test> others(int argument, NavigableSet<Long> but, long prefix, int bits) {
    long last = prefix + (1L << bits) - 1;
    if (but.subSet(prefix, true, last, true).isEmpty()) {
      return List.of(new Test(argument, ALL_BITS - ((1L << bits) - 1), prefix));
    }
    if (bits == 0) {
      return List.of();
    }
    List<Test> tests = new ArrayList<>(others(argument, but, prefix, bits - 1));
    tests.addAll(others(argument, but, prefix + (1L << (bits - 1)), bits - 1));
    return tests;
  }
}
