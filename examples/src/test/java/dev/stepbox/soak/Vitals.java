package dev.stepbox.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a process holds that it could hold more and more of.
 *
 * @param descriptors open files
 * @param threads of it
 * @param residentKib resident set
 * @param mounts in its mount namespace
 */
record Vitals(int descriptors, int threads, long residentKib, int mounts) {

  private static final Pattern USED = Pattern.compile("used ([0-9]+)K");

  /** Of a living process. */
  static Vitals of(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      return new Vitals(
          Math.toIntExact(open.count()),
          Math.toIntExact(number(process, "Threads:")),
          number(process, "VmRSS:"),
          Files.readAllLines(process.resolve("mountinfo")).size());
    }
  }

  private static long number(Path process, String name) throws IOException {
    return Files.readAllLines(process.resolve("status")).stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .orElse(0L);
  }

  /** Bytes of the heap of a JVM that are still used after a collection, in KiB. */
  static long liveHeapKib(Path java, Person user, long pid)
      throws IOException, InterruptedException {
    String jcmd = java.resolveSibling("jcmd").toString();
    ask(user, jcmd, pid, "GC.run");
    Matcher used = USED.matcher(ask(user, jcmd, pid, "GC.heap_info"));
    long total = 0;
    // Of the young generation, of the old one; what comes then is metaspace.
    for (int generation = 0; generation < 2 && used.find(); generation++) {
      total += Long.parseLong(used.group(1));
    }
    return total;
  }

  private static String ask(Person user, String jcmd, long pid, String what)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(user.prefix());
    command.add(jcmd);
    command.add(Long.toString(pid));
    command.add(what);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("'%s' failed: %s".formatted(command, answer));
    }
    return answer;
  }
}
