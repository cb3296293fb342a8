package dev.stepbox.layercache.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageConfig;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.ImageSource.DockerArchive;
import dev.stepbox.layercache.ImageSource.HostImage;
import dev.stepbox.layercache.ImageSource.OciLayout;
import dev.stepbox.layercache.ImageSource.RootfsTarball;
import dev.stepbox.layercache.Images;
import dev.stepbox.layercache.ImportReport;
import dev.stepbox.layercache.Layer;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.TreeSize;
import dev.stepbox.layercache.archive.LayerStream;
import dev.stepbox.layercache.store.BlobStore;
import dev.stepbox.layercache.store.LayerRecord;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.LeaseStore;
import dev.stepbox.layercache.store.Sizes;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The images of a store, and the ways in which they come there. */
public final class ImageStore implements Images {
  private static final Duration IMPORT_LEASE = Duration.ofHours(1);

  private final Store store;
  private final LayerStore layers;
  private final ImageIndex index;
  private final LeaseStore leases;
  private final Sizes sizes;
  private final Path host;

  /**
   * Joins the parts.
   *
   * @param host the root directory of the host
   */
  public ImageStore(
      Store store, LayerStore layers, ImageIndex index, LeaseStore leases, Path host) {
    this.store = store;
    this.layers = layers;
    this.index = index;
    this.leases = leases;
    this.sizes = new Sizes(store);
    this.host = host;
  }

  @Override
  public ImportReport load(ImageName name, ImageSource source) throws InterruptedException {
    Lease lease = leases.begin("import of " + name, IMPORT_LEASE, ProcessHandle.current());
    try {
      ImportReport report = read(source, lease);
      store.change("name an image", () -> index.name(name, report.image().id()));
      return report;
    } finally {
      lease.release();
    }
  }

  @Override
  public Image ensure(ImageSource source) throws InterruptedException {
    String text = text(source);
    String look = look(source);
    Optional<Image> known = index.ofSource(text, look).flatMap(index::find);
    if (known.isPresent() && isComplete(known.get())) {
      return known.get();
    }
    Lease lease = leases.begin("import for a build", IMPORT_LEASE, ProcessHandle.current());
    try {
      Image image = read(source, lease).image();
      store.change("remember a source", () -> index.rememberSource(text, look, image.id()));
      return image;
    } finally {
      lease.release();
    }
  }

  private boolean isComplete(Image image) throws InterruptedException {
    for (LayerId id : image.layers()) {
      try {
        layers.require(id);
      } catch (LayerCacheException ignored) {
        // Whatever is wrong with it, reading the source again repairs it.
        return false;
      }
    }
    return true;
  }

  private static String text(ImageSource source) {
    return switch (source) {
      case HostImage(List<Path> directories, List<Path> hidden, List<Path> _) ->
          "host " + directories + hidden;
      case RootfsTarball(Path file) -> "rootfs " + file.toAbsolutePath();
      case DockerArchive(Path file, String reference) ->
          "docker-archive " + file.toAbsolutePath() + " " + reference;
      case OciLayout(Path location, String reference) ->
          "oci " + location.toAbsolutePath() + " " + reference;
    };
  }

  private String look(ImageSource source) {
    Object named = source;
    try {
      return switch (source) {
        case HostImage image -> skeleton(image).look();
        case RootfsTarball(Path file) -> look(file);
        case DockerArchive(Path file, String _) -> look(file);
        case OciLayout(Path location, String _) ->
            look(Files.isDirectory(location) ? location.resolve("index.json") : location);
      };
    } catch (IOException e) {
      throw SourceFailures.unreadable(named, e);
    }
  }

  private static String look(Path file) throws IOException {
    Map<String, Object> status =
        Files.readAttributes(file.toRealPath(), "unix:dev,ino,size,ctime,lastModifiedTime");
    return "%s %s %s %s %s"
        .formatted(
            status.get("dev"),
            status.get("ino"),
            status.get("size"),
            status.get("ctime"),
            status.get("lastModifiedTime"));
  }

  private ImportReport read(ImageSource source, Lease lease) throws InterruptedException {
    ImageImport work = new ImageImport(store, layers, index, lease);
    try {
      return switch (source) {
        case HostImage image -> host(image, lease);
        case RootfsTarball(Path file) -> rootfs(file, work);
        case DockerArchive(Path file, String reference) -> {
          try (ImageFiles files = TarFiles.open(requireFile(file), store.limits())) {
            yield work.layered(DockerArchives.read(file, files, reference), files, file.toString());
          }
        }
        case OciLayout(Path location, String reference) -> {
          try (ImageFiles files = layout(location)) {
            String platform = "linux/" + store.architecture();
            yield work.layered(
                new OciLayouts(location, files, platform).read(reference),
                files,
                location.toString());
          }
        }
      };
    } catch (IOException e) {
      throw SourceFailures.unreadable(source, e);
    }
  }

  private ImageFiles layout(Path location) throws IOException, InterruptedException {
    return Files.isDirectory(location)
        ? new DirectoryFiles(location, store.limits())
        : TarFiles.open(requireFile(location), store.limits());
  }

  private static Path requireFile(Path file) {
    if (Files.isRegularFile(file)) {
      return file;
    }
    throw new LayerCacheException(
        Code.SOURCE_UNREADABLE,
        Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            ? "cannot read image source '%s': it is not a regular file. Name an archive."
                .formatted(file)
            : "cannot read image source '%s': no such file. Check the path.".formatted(file));
  }

  private ImportReport rootfs(Path file, ImageImport work)
      throws IOException, InterruptedException {
    requireFile(file);
    StagedLayer layer =
        new LayerStaging(store)
            .unpack(LayerStream.ofFile(file, 0, Files.size(file)), file.toString(), null);
    String document = "root file system without a config\n";
    return work.single(
        layer, diffId -> new SourceImage(document + diffId, ImageConfig.NONE, List.of()));
  }

  private ImportReport host(HostImage source, Lease lease)
      throws IOException, InterruptedException {
    HostSkeleton skeleton = skeleton(source);
    LayerId.Unique id = store.newId();
    Path directory = store.createDirectory(store.newTemporary());
    Path tree = store.createDirectory(StoreLayout.tree(directory));
    HostParts parts = skeleton.make(tree);
    byte[] document = ("host\n" + id).getBytes(UTF_8);
    Image image =
        new Image(
            BlobStore.digest(document),
            ImageConfig.NONE,
            List.of(id),
            parts.lowers(),
            parts.notices());
    store.change(
        "add the host image",
        () -> {
          Layer layer = new Layer(id, Layer.Kind.HOST, store.now());
          layers.commit(directory, new LayerRecord(layer, store.bootId(), false));
          lease.hold(id);
          index.put(image);
        });
    return new ImportReport(image, 1, 0, 0, image.notices());
  }

  private HostSkeleton skeleton(HostImage source) throws IOException {
    return new HostSkeleton(new HostView(host, source, store.layout().root()), store);
  }

  @Override
  public Optional<Image> named(ImageName name) {
    return index.named(name).map(index::get);
  }

  @Override
  public Image byId(Digest id) {
    return index.get(id);
  }

  @Override
  public List<Named> all() {
    List<Named> all = new ArrayList<>();
    index
        .names()
        .forEach((name, id) ->
            index.find(id).ifPresent(image -> all.add(new Named(name, image, size(image)))));
    return all;
  }

  private TreeSize size(Image image) {
    TreeSize sum = TreeSize.NOTHING;
    for (LayerId id : image.layers()) {
      sum = sum.plus(sizes.known(store.layout().layer(id)).orElse(TreeSize.NOTHING));
    }
    return sum;
  }

  @Override
  public void remove(ImageName name) {
    boolean[] wasThere = new boolean[1];
    store.change("remove a name", () -> wasThere[0] = index.unname(name));
    if (!wasThere[0]) {
      throw new LayerCacheException(
          Code.IMAGE_UNKNOWN,
          "no image '%s' in the store. List the images with 'stepbox image ls'.".formatted(name));
    }
  }
}
