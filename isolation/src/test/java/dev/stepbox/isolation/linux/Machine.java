package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.host.HostFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This machine, as the integration tests use it. */
final class Machine {
  private Machine() {}

  static HostFiles host() {
    return new HostFiles(Path.of("/"), System.getProperty("user.name"), System.getenv());
  }

  /** Whether a missing feature of the kernel is a failure instead of a skipped test. */
  static boolean mustWork() {
    return "1".equals(System.getenv("SANDBOX_MUST_WORK"));
  }

  static LinuxSandboxes sandboxes(Path store) {
    return new LinuxSandboxes(
        new LinuxSandboxes.Settings(
            host(),
            store.resolve("launcher"),
            store.resolve("runtime"),
            System.getProperty("os.arch"),
            null));
  }

  static long uid() throws IOException {
    return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
  }
}
