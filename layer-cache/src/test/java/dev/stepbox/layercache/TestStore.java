package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.layercache.archive.LimitsBuilder;
import dev.stepbox.layercache.archive.TarBytes;
import dev.stepbox.layercache.ownid.OwnIdTree;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.WriteGate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/** A store in a directory of a test, and archives to put into it. */
public final class TestStore {
  /** Makes pipes by the program that does. */
  static final PipeMaker PIPES =
      (pipe, mode, modified) -> {
        Files.deleteIfExists(pipe);
        String bits = Integer.toOctalString(mode);
        run("mkfifo", "--mode=" + bits, pipe.toString());
        run("touch", "--no-create", "--date=" + modified, pipe.toString());
      };

  private final Path base;
  private final ManualClock clock = new ManualClock();
  private final Random random = new Random();
  private Limits limits = LimitsBuilder.defaults().build();
  private IdMappedTree port = new OwnIdTree();
  private WriteGate gate = (_, _) -> {};
  private String bootId = "boot-1";

  public TestStore(Path base) {
    this.base = base;
  }

  public TestStore limits(Limits chosen) {
    limits = chosen;
    return this;
  }

  public TestStore port(IdMappedTree chosen) {
    port = chosen;
    return this;
  }

  public TestStore gate(WriteGate chosen) {
    gate = chosen;
    return this;
  }

  /** As if the machine had been started again. */
  public TestStore bootId(String chosen) {
    bootId = chosen;
    return this;
  }

  public ManualClock clock() {
    return clock;
  }

  private static void run(String... command) throws IOException {
    try {
      if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IOException(List.of(command) + " failed");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The directory of the store. */
  public Path root() {
    return base.resolve("store");
  }

  /** The directory that stands for the root of the host. */
  public Path host() {
    return base.resolve("host");
  }

  /** Opens the store. */
  public LayerCache open() throws InterruptedException {
    return new StoredLayerCache(openFiles(), host()).recovered();
  }

  /** Opens what the store is made of. */
  public Store openFiles() throws InterruptedException {
    Surroundings surroundings = new Surroundings(clock, random, bootId, "amd64", PIPES);
    return Store.open(root(), limits, port, surroundings, gate);
  }

  /** A lease of this process. */
  public static Lease lease(LayerCache cache) {
    return cache.leases().begin("a test", Duration.ofHours(1), ProcessHandle.current());
  }

  /** Writes a file beside the store. */
  public Path write(String name, byte[] content) throws IOException {
    return Files.write(base.resolve(name), content);
  }

  /** The text of all regular files below a directory, by path. */
  public static SortedMap<String, String> files(Path tree) throws IOException {
    SortedMap<String, String> files = new TreeMap<>();
    try (var paths = Files.walk(tree)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(tree.relativize(path).toString(), Files.readString(path));
      }
    }
    return files;
  }

  public static byte[] gzip(byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(data);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  public static Digest sha256(byte[] data) {
    try {
      return Digest.ofHash(MessageDigest.getInstance("SHA-256").digest(data));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The config of an image with these layers. */
  public static byte[] config(List<byte[]> layers) {
    List<String> diffIds = new ArrayList<>();
    layers.forEach(layer -> diffIds.add("\"" + sha256(layer) + "\""));
    String text =
        """
        {"architecture":"amd64","os":"linux",
         "config":{"Env":["PATH=/bin","LANG=C"],"Cmd":["sh"],"WorkingDir":"/work","User":"7:8"},
         "rootfs":{"type":"layers","diff_ids":[%s]}}
        """
            .formatted(String.join(",", diffIds));
    return text.getBytes(UTF_8);
  }

  /** What {@code docker save} would write for an image with these layers. */
  public static byte[] dockerArchive(String tag, List<byte[]> layers) {
    byte[] config = config(layers);
    String configName = sha256(config).hex() + ".json";
    TarBytes tar = new TarBytes();
    List<String> names = new ArrayList<>();
    for (int number = 0; number < layers.size(); number++) {
      names.add("\"" + number + "/layer.tar\"");
      tar.directory(number + "/");
      tar.entry('0', number + "/layer.tar", "", layers.get(number));
    }
    tar.entry('0', configName, "", config);
    String manifest =
        "[{\"Config\":\"%s\",\"RepoTags\":[\"%s\"],\"Layers\":[%s]}]"
            .formatted(configName, tag, String.join(",", names));
    return tar.entry('0', "manifest.json", "", manifest.getBytes(UTF_8)).bytes();
  }

  /** Writes an OCI layout whose layers are compressed. */
  public static Path ociLayout(Path directory, List<byte[]> layers) throws IOException {
    Path blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
    List<String> descriptors = new ArrayList<>();
    for (byte[] layer : layers) {
      descriptors.add(blob(blobs, "application/vnd.oci.image.layer.v1.tar+gzip", gzip(layer), ""));
    }
    String config = blob(blobs, "application/vnd.oci.image.config.v1+json", config(layers), "");
    String manifest =
        "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
            .formatted(config, String.join(",", descriptors));
    String annotations =
        ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}"
            + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}";
    String index =
        blob(
            blobs,
            "application/vnd.oci.image.manifest.v1+json",
            manifest.getBytes(UTF_8),
            annotations);
    Files.writeString(
        directory.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(index));
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return directory;
  }

  /** Writes a blob; gives its descriptor. */
  public static String blob(Path blobs, String mediaType, byte[] content, String more)
      throws IOException {
    Digest digest = sha256(content);
    Files.write(blobs.resolve(digest.hex()), content);
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d%s}"
        .formatted(mediaType, digest, content.length, more);
  }
}
