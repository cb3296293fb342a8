package dev.stepbox.security;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The helper program on the host that listens where no step may reach. */
final class HostTargets implements AutoCloseable {
  private final Process process;
  private final BufferedReader reader;
  private final Map<String, String> variables = new LinkedHashMap<>();

  HostTargets(Path program, Path directory) throws IOException {
    process =
        new ProcessBuilder(program.toString(), directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    reader = process.inputReader();
    for (String line = reader.readLine(); !"ready".equals(line); line = reader.readLine()) {
      if (line == null) {
        throw new IOException("the helper of the host ended before it was ready");
      }
      int equals = line.indexOf('=');
      variables.put(line.substring(0, equals), line.substring(equals + 1));
    }
    variables.put("HOST_NAME", Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    variables.put("ENGINE_PID", Long.toString(ProcessHandle.current().pid()));
  }

  /** Where things are, as the attack programs want to know it. */
  Map<String, String> variables() {
    return variables;
  }

  /** Ends the helper; how many connections and datagrams it has had. */
  int visitors() throws IOException, InterruptedException {
    process.getOutputStream().close();
    String line = reader.readLine();
    process.waitFor();
    if (line == null) {
      throw new IOException("the helper of the host died");
    }
    return Integer.parseInt(line.replace(" visitors", ""));
  }

  /** It removes what it made when its input ends. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
