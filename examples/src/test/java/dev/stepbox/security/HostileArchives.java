package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.security.Commands.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Archives that {@code stepbox image import} must refuse, or unpack inside of the layer. */
final class HostileArchives {
  private static final String NOT_SHOWN = "none: it is the host that looks";
  private static final int BOMB_BYTES = 400 << 20;

  private final Commands commands;
  private final Canary canary;
  private int count;

  HostileArchives(Commands commands, Canary canary) {
    this.commands = commands;
    this.canary = canary;
  }

  List<Row> rows() throws IOException, InterruptedException {
    String host = canary.directory().toString();
    String climb = "../".repeat(12) + host.substring(1);
    List<Row> rows = new ArrayList<>();
    rows.add(
        row(
            49,
            "paths ../x, /abs, a/../../x, with NUL, empty, of 5,000 bytes; duplicates",
            new Tar().file(climb + "/owned", "x"),
            new Tar().file(host + "/owned", "x"),
            new Tar().directory("a").file("a/../../owned", "x"),
            new Tar().extended("path", "a\0b").file("x", "x"),
            new Tar().file("", "x"),
            new Tar().extended("path", "p/".repeat(2500)).file("x", "x"),
            new Tar().file("twice", "1").link("twice", host).file("twice", "2")));
    rows.add(
        row(
            50,
            "a link to the host, and below it a file, a whiteout, an opaque mark, a hard link",
            new Tar().link("a", host).file("a/owned", "x"),
            new Tar().link("a", host).file("a/.wh.victim", ""),
            new Tar().link("a", host).file("a/.wh..wh..opq", ""),
            new Tar().link("a", host).hardLink("b", "a/victim"),
            new Tar().link("a", climb).directory("a/made")));
    rows.add(
        row(
            51,
            "hard links to a file outside, to nothing, to a directory, to oneself",
            new Tar().hardLink("b", climb + "/victim"),
            new Tar().hardLink("b", host + "/victim"),
            new Tar().hardLink("b", "later"),
            new Tar().directory("d").hardLink("b", "d"),
            new Tar().hardLink("b", "b")));
    rows.add(
        row(
            52,
            "devices, a pipe, content that is missing, a size of 8 EiB, ids beyond the range",
            new Tar().entry("disk", '4', 0666, 0).entry("null", '3', 0666, 0).entry("p", '6', 0, 0),
            new Tar().promise("short", 100_000),
            new Tar().extended("size", Long.toString(Long.MAX_VALUE)).promise("huge", 0),
            new Tar().extended("uid", "4294967295").extended("gid", "-1").file("ids", "x")));
    rows.add(
        row(
            53,
            "attributes of overlays, capabilities, access lists, one of 64 KiB",
            attributes("SCHILY.xattr.user.overlay.redirect", host),
            attributes("SCHILY.xattr.trusted.overlay.opaque", "y"),
            attributes("SCHILY.xattr.security.capability", "\u0001\0\0\u0002"),
            attributes("SCHILY.xattr.system.posix_acl_access", "\u0002\0\0\0"),
            attributes("SCHILY.xattr.user.big", "b".repeat(70_000))));
    rows.add(bombs());
    rows.add(
        row(
            55,
            "whiteouts of nothing, of a name that begins like one, of another file system's"
                + " records",
            new Tar().file(".wh.", ""),
            new Tar().file(".wh..", ""),
            new Tar().file(".wh..wh.plnk", "x").file(".wh..wh.aufs", "x"),
            new Tar().directory("d").file("d/.wh..wh..opq", "")));
    return rows;
  }

  private static Tar attributes(String key, String value) {
    return new Tar().extended(key, value).directory("d").extended(key, value).file("f", "x");
  }

  private Row row(int number, String attempt, Tar... archives)
      throws IOException, InterruptedException {
    int refused = 0;
    Sight sight = Sight.held("");
    for (Tar archive : archives) {
      Result result = importing(archive.bytes());
      refused += result.exitCode() == 0 ? 0 : 1;
      sight = sight.and(judge(result));
    }
    String text = "inside (%d), refused (%d)".formatted(archives.length - refused, refused);
    return new Row(
        number,
        "import: " + attempt,
        "refused with an error, or inside of the layer",
        sight.verdict() == Verdict.HELD ? Sight.held(text) : sight,
        Sight.NONE,
        NOT_SHOWN,
        "");
  }

  private Row bombs() throws IOException, InterruptedException {
    byte[] bomb = gzip(new Tar().promise("zeros", BOMB_BYTES), BOMB_BYTES);
    byte[] twice = new byte[2 * bomb.length];
    System.arraycopy(bomb, 0, twice, 0, bomb.length);
    System.arraycopy(bomb, 0, twice, bomb.length, bomb.length);
    Sight sight = Sight.held("refused");
    for (byte[] archive : List.of(bomb, twice, "no archive at all".repeat(100).getBytes(UTF_8))) {
      Result result = importing(archive);
      Sight judged = judge(result);
      boolean isRefused = result.exitCode() != 0;
      sight = sight.and(isRefused && judged.verdict() == Verdict.HELD ? sight : judged);
      sight = isRefused ? sight : Sight.failed("unpacked");
    }
    return new Row(
        54,
        "import: 400 MiB of zeros in gzip, two of them in one file, no archive; digests and"
            + " addresses of documents: HostileImageTest",
        "refused before it is unpacked",
        sight,
        Sight.NONE,
        NOT_SHOWN,
        "");
  }

  private static byte[] gzip(Tar archive, int zeros) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(archive.bytes(), 0, 512);
      byte[] block = new byte[1 << 20];
      for (int i = 0; i < zeros >> 20; i++) {
        gzip.write(block);
      }
      gzip.write(new byte[1024]);
    }
    return out.toByteArray();
  }

  private Result importing(byte[] archive) throws IOException, InterruptedException {
    count++;
    Path file = commands.directory().resolve("hostile-" + count + ".tar");
    Files.write(file, archive);
    return commands.stepbox("image", "import", "hostile-" + count, "rootfs:" + file);
  }

  /** An import ends well or with an error of the store, and never with one of ours. */
  private Sight judge(Result result) throws IOException {
    boolean isOrdinary = result.exitCode() == 0 || result.exitCode() == 5 || result.exitCode() == 2;
    if (!isOrdinary || result.output().contains("\tat dev.stepbox")) {
      return Sight.failed("exit code %d: %s".formatted(result.exitCode(), result.lastLine()));
    }
    return canary.isUntouched() ? Sight.held("") : Sight.failed("a file of the host was changed");
  }
}
