package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.DataSink;
import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.TreeChange;
import dev.stepbox.isolation.TreeEntry;
import dev.stepbox.isolation.TreeEntry.Kind;
import dev.stepbox.isolation.linux.PendingCall.Answer;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.StoreView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Work on trees by requests to the supervisor, which may do everything to the ids of steps. */
final class LinuxTrees implements IdMappedTrees {
  private static final int ENOENT = 2;
  private static final int ENOTDIR = 20;

  /** A parent is a symbolic link, and none is followed. */
  private static final int ELOOP = 40;

  /** A request has at most a mebibyte; a change has a path and little else, or an attribute. */
  private static final int BATCH_BYTES = 512 * 1024;

  private static final int READ_BYTES = 1_000_000;
  private static final int ZEROS_BYTES = 64 * 1024;
  static final int ENTRY_BYTES_MIN = 54;
  private static final int ATTRIBUTE_BYTES_MIN = 8;
  private static final int FLAG_WHITEOUT = 1;
  private static final int FLAG_OPAQUE = 2;

  private final Sender sender;
  private final StoreView view;
  private final IdMap ids;
  private final Adoption adoption;

  /** Sends a request. */
  interface Sender {
    PendingCall send(int type, FrameWriter body);
  }

  LinuxTrees(Sender sender, StoreView view, IdMap ids) {
    this.sender = sender;
    this.view = view;
    this.ids = ids;
    this.adoption = Adoption.of(ids);
  }

  @Override
  public int ids() {
    return ids.ids();
  }

  @Override
  public void adopt(Path tree) throws InterruptedException {
    if (adoption.owner() != null) {
      adoption.adopt(tree);
    } else if (ids.stepZero() != 0) {
      done(sender.send(Wire.ADOPT_TREE, new FrameWriter().str(view.inStore(tree))));
    }
  }

  @Override
  public void lend(Path directory) {
    adoption.adopt(directory);
  }

  @Override
  public void apply(Path tree, List<TreeChange> changes) throws InterruptedException {
    int from = 0;
    while (from < changes.size()) {
      from = applySome(tree, changes, from);
    }
  }

  private int applySome(Path tree, List<TreeChange> changes, int from) throws InterruptedException {
    List<TreeChange> batch = new ArrayList<>();
    int to = from;
    int bytes = 0;
    while (to < changes.size() && bytes < BATCH_BYTES) {
      FrameWriter one = new FrameWriter();
      Messages.change(one, changes.get(to));
      bytes += one.size();
      batch.add(changes.get(to));
      to++;
    }
    FrameWriter body = new FrameWriter().str(view.inStore(tree)).list(batch, Messages::change);
    done(sender.send(Wire.APPLY, body));
    return to;
  }

  @Override
  public void remove(Path tree) throws InterruptedException {
    String name = view.inStore(tree);
    if (adoption.owner() == null) {
      done(sender.send(Wire.REMOVE_TREE, new FrameWriter().str(name).u32(0)));
      return;
    }
    // The directory above belongs to real root, so the tree's own name is ours to remove.
    if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      FrameWriter body = new FrameWriter().str(name).u32(Wire.REMOVE_KEEP_ROOT);
      done(sender.send(Wire.REMOVE_TREE, body));
    }
    try {
      Files.deleteIfExists(tree);
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.TREE_FAILED, "cannot remove '%s': %s".formatted(tree, e), e);
    }
  }

  @Override
  public TreeSize measure(Path tree) throws InterruptedException {
    FrameWriter body = new FrameWriter().strings(List.of(view.inStore(tree)));
    FrameReader answer = done(sender.send(Wire.MEASURE_TREE, body));
    long bytes = answer.u64();
    return new TreeSize(answer.u64(), bytes);
  }

  @Override
  public void list(Path tree, Consumer<TreeEntry> sink) throws InterruptedException {
    list(tree, Wire.LIST_ATTRIBUTES, sink);
  }

  @Override
  public void listBare(Path tree, Consumer<TreeEntry> sink) throws InterruptedException {
    list(tree, 0, sink);
  }

  private void list(Path tree, int flags, Consumer<TreeEntry> sink) throws InterruptedException {
    FrameWriter body = new FrameWriter().str(view.inStore(tree)).u32(flags);
    PendingCall call = sender.send(Wire.LIST_TREE, body);
    Consumer<FrameReader> entries =
        frame ->
            frame
                .list(ENTRY_BYTES_MIN, LinuxTrees::entry)
                .forEach(entry -> {
                  if (!entry.path().isEmpty()) {
                    sink.accept(entry);
                  }
                });
    entries.accept(done(call.await(entries)));
  }

  @Override
  public Optional<TreeEntry> entry(Path tree, String path) throws InterruptedException {
    FrameWriter body =
        new FrameWriter().bytes(pathBytes(tree, path)).u32(Wire.LIST_ATTRIBUTES | Wire.LIST_SELF);
    return switch (sender.send(Wire.LIST_TREE, body).await()) {
      case Answer.Done done ->
          done.body().list(ENTRY_BYTES_MIN, LinuxTrees::entry).stream()
              .findFirst()
              .map(entry -> at(path, entry));
      case Answer.Refused refused -> {
        int errno = refused.refusal().errno();
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
          yield Optional.empty();
        }
        throw refused.refusal().toException(SandboxErrorCode.TREE_FAILED);
      }
    };
  }

  private static TreeEntry at(String path, TreeEntry entry) {
    return new TreeEntry(
        path,
        entry.kind(),
        entry.mode(),
        entry.uid(),
        entry.gid(),
        entry.size(),
        entry.modifiedNanos(),
        entry.links(),
        entry.inode(),
        entry.rawLink(),
        entry.rawAttributes());
  }

  @Override
  public void copy(Path sourceTree, String source, Path targetTree, String target)
      throws InterruptedException {
    FrameWriter body =
        new FrameWriter()
            .bytes(pathBytes(sourceTree, source))
            .bytes(pathBytes(targetTree, target))
            .u32(0);
    done(sender.send(Wire.COPY_TREE, body));
  }

  @Override
  public void read(Path tree, String path, OutputStream out) throws InterruptedException {
    long[] written = {0};
    DataSink plain =
        (at, data) -> {
          zeros(out, at - written[0]);
          out.write(data);
          written[0] = at + data.length;
          return true;
        };
    long size = readData(tree, path, plain);
    handOn(path, () -> zeros(out, size - written[0]));
  }

  private static void zeros(OutputStream out, long count) throws IOException {
    byte[] zeros = new byte[(int) Math.min(Math.max(count, 0), ZEROS_BYTES)];
    for (long left = count; left > 0; left -= zeros.length) {
      out.write(zeros, 0, (int) Math.min(left, zeros.length));
    }
  }

  @Override
  public long readData(Path tree, String path, DataSink sink) throws InterruptedException {
    byte[] name = pathBytes(tree, path);
    long offset = 0;
    while (true) {
      FrameWriter body = new FrameWriter().bytes(name).u64(offset).u32(READ_BYTES);
      FrameReader answer = done(sender.send(Wire.READ_FILE, body));
      long size = answer.u64();
      long at = answer.u64();
      byte[] data = answer.bytes();
      if (at < offset) {
        throw FrameReader.broken("data at %d of a file that is read from %d".formatted(at, offset));
      }
      boolean[] isMoreWanted = {true};
      if (data.length > 0) {
        handOn(path, () -> isMoreWanted[0] = sink.take(at, data));
      }
      offset = at + data.length;
      if (data.length == 0 || offset >= size || !isMoreWanted[0]) {
        return size;
      }
    }
  }

  private interface Handing {
    void go() throws IOException;
  }

  private static void handOn(String path, Handing handing) {
    try {
      handing.go();
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.TREE_FAILED,
          "cannot hand on the content of '%s': %s".formatted(path, e),
          e);
    }
  }

  @Override
  public void sync(Path tree) throws InterruptedException {
    done(sender.send(Wire.SYNC, new FrameWriter().str(view.inStore(tree))));
  }

  private byte[] pathBytes(Path tree, String path) {
    byte[] directory = view.inStore(tree).getBytes(StandardCharsets.UTF_8);
    if (path.isEmpty()) {
      return directory;
    }
    byte[] below = path.getBytes(StandardCharsets.ISO_8859_1);
    byte[] whole = new byte[directory.length + 1 + below.length];
    System.arraycopy(directory, 0, whole, 0, directory.length);
    whole[directory.length] = '/';
    System.arraycopy(below, 0, whole, directory.length + 1, below.length);
    return whole;
  }

  static TreeEntry entry(FrameReader in) {
    String path = in.raw();
    int type = in.u8();
    int flags = in.u8();
    int mode = (int) in.u32();
    int uid = (int) in.u32();
    int gid = (int) in.u32();
    long links = in.u32();
    long inode = in.u64();
    long size = in.u64();
    long modified = in.i64();
    String link = in.raw();
    SortedMap<String, String> attributes = new TreeMap<>();
    in.list(ATTRIBUTE_BYTES_MIN, each -> attributes.put(each.raw(), each.raw()));
    Kind kind = kind(type, flags);
    return new TreeEntry(
        path,
        kind,
        mode,
        uid,
        gid,
        kind == Kind.FILE ? size : 0,
        modified,
        links,
        inode,
        link,
        attributes);
  }

  private static Kind kind(int type, int flags) {
    if ((flags & FLAG_WHITEOUT) != 0) {
      return Kind.WHITEOUT;
    }
    return switch (type) {
      case 1 -> Kind.FILE;
      case 2 -> (flags & FLAG_OPAQUE) != 0 ? Kind.OPAQUE_DIRECTORY : Kind.DIRECTORY;
      case 3 -> Kind.SYMBOLIC_LINK;
      case 4 -> Kind.PIPE;
      case 5 -> Kind.SOCKET;
      case 6, 7 -> Kind.DEVICE;
      default -> throw FrameReader.broken("an entry of type %d".formatted(type));
    };
  }

  private static FrameReader done(PendingCall call) throws InterruptedException {
    return done(call.await());
  }

  private static FrameReader done(Answer answer) {
    return switch (answer) {
      case Answer.Done done -> done.body();
      case Answer.Refused refused ->
          throw refused.refusal().toException(SandboxErrorCode.TREE_FAILED);
    };
  }
}
