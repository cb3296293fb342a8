package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A root file system of some programs of this machine, and an image of it. */
final class TinyRoot {
  private TinyRoot() {}

  /** Puts programs, and the libraries they are linked with, into a new root. */
  static Path of(Path root, String... programs) throws IOException {
    Files.createDirectories(root);
    for (String program : programs) {
      Process ldd = new ProcessBuilder("ldd", program).start();
      String needed = new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      copy(Path.of(program), root);
      for (MatchResult found : Pattern.compile("/\\S+").matcher(needed).results().toList()) {
        copy(Path.of(found.group()), root);
      }
    }
    return root;
  }

  private static void copy(Path file, Path root) throws IOException {
    Path target = root.resolve(file.toString().substring(1));
    if (!Files.exists(target)) {
      Files.createDirectories(target.getParent());
      Files.copy(file.toRealPath(), target);
    }
  }

  /** An archive as docker saves it, of an image whose steps run as this user. */
  static Path archive(Path root, String user) throws Exception {
    Path parts = Files.createTempDirectory(root.getParent(), "parts");
    tar(root, parts.resolve("layer.tar"));
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(parts.resolve("layer.tar")));
    Files.writeString(
        parts.resolve("config.json"),
        """
        {"architecture": "%s", "os": "linux", "config": {"User": "%s"},
         "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}
        """
            .formatted(
                System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64",
                user,
                HexFormat.of().formatHex(digest)));
    Files.writeString(
        parts.resolve("manifest.json"),
        "[{\"Config\": \"config.json\", \"Layers\": [\"layer.tar\"]}]");
    Path archive = parts.resolveSibling("image.tar");
    tar(parts, archive);
    return archive;
  }

  private static void tar(Path directory, Path archive) throws IOException, InterruptedException {
    Process tar =
        new ProcessBuilder("tar", "-C", directory.toString(), "-cf", archive.toString(), ".")
            .start();
    assertThat(tar.waitFor()).isZero();
  }
}
