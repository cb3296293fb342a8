package dev.stepbox.cli.wiring;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.layercache.DataSink;
import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.TreeSize;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reaches files of other ids through a supervisor that runs no steps. It is started at the first
 * file that needs it, since most commands touch none, or ahead of it, and ends with {@link
 * #close()}. One that a process left behind when it was killed is ended by the next process that
 * needs one.
 */
final class TreeKeeper implements IdMappedTree, AutoCloseable {

  /** Whom the directories belong to in which the trees lie. */
  private enum Owner {
    /** A user, whom the keeper has as one of its ids. */
    USER,
    /** Real root, who is none of the ids of the trees but may do everything. */
    REAL_ROOT
  }

  private final Owner owner;
  private final Sandboxes sandboxes;
  private final Path home;
  private final int ids;
  private @Nullable Keeper keeper;

  private record Keeper(KeeperSlot slot, BuildSandbox sandbox, SupervisedTrees trees) {}

  private TreeKeeper(Sandboxes sandboxes, Path home, int ids, Owner owner) {
    this.sandboxes = sandboxes;
    this.home = home;
    this.ids = ids;
    this.owner = owner;
  }

  /**
   * Makes a keeper; starts nothing.
   *
   * @param home the directory that holds the store
   * @param ids of builds of this process
   */
  static TreeKeeper of(Sandboxes sandboxes, Path home, IdMap ids) {
    Owner owner = Thoroughfare.isRealRoot(ids) ? Owner.REAL_ROOT : Owner.USER;
    return new TreeKeeper(sandboxes, home, ids.ids(), owner);
  }

  /** Starts the supervisor before the first file needs it. */
  void startAhead() throws InterruptedException {
    Keeper ignored = keeper();
  }

  @Override
  public int ids() {
    return ids;
  }

  @Override
  public void adopt(Path tree) throws InterruptedException {
    repeat(trees -> trees.adopt(tree));
  }

  @Override
  public void lend(Path directory) throws InterruptedException {
    repeat(trees -> trees.lend(directory));
  }

  @Override
  public List<TreeChange> apply(Path tree, List<TreeChange> changes) throws InterruptedException {
    return ask(trees -> trees.apply(tree, changes));
  }

  /** Real root removes by itself: its directories are closed to the ids of its builds. */
  @Override
  public void remove(Path tree) throws InterruptedException {
    if (owner == Owner.REAL_ROOT) {
      new OwnIdTree().remove(tree);
    } else {
      repeat(trees -> trees.remove(tree));
    }
  }

  @Override
  public TreeSize measure(Path tree) throws InterruptedException {
    return askAgain(trees -> trees.measure(tree));
  }

  @Override
  public void list(Path tree, Consumer<TreeEntry> visitor) throws InterruptedException {
    perform(trees -> trees.list(tree, visitor));
  }

  @Override
  public void listBare(Path tree, Consumer<TreeEntry> visitor) throws InterruptedException {
    perform(trees -> trees.listBare(tree, visitor));
  }

  @Override
  public Optional<TreeEntry> entry(Path tree, TreePath path) throws InterruptedException {
    return askAgain(trees -> trees.entry(tree, path));
  }

  @Override
  public void copy(Path fromTree, TreePath from, Path toTree, TreePath to)
      throws InterruptedException {
    perform(trees -> trees.copy(fromTree, from, toTree, to));
  }

  @Override
  public void read(Path tree, TreePath file, OutputStream out) throws InterruptedException {
    perform(trees -> trees.read(tree, file, out));
  }

  @Override
  public long readData(Path tree, TreePath file, DataSink sink) throws InterruptedException {
    return ask(trees -> trees.readData(tree, file, sink));
  }

  @Override
  public void sync(Path tree) throws InterruptedException {
    repeat(trees -> trees.sync(tree));
  }

  @Override
  public synchronized void close() {
    Keeper known = keeper;
    keeper = null;
    if (known != null) {
      known.sandbox.close();
      remove(known.slot);
      known.slot.close();
    }
  }

  private interface Question<T> {
    T ask(SupervisedTrees trees) throws InterruptedException;
  }

  private interface Work {
    void run(SupervisedTrees trees) throws InterruptedException;
  }

  private void perform(Work work) throws InterruptedException {
    boolean ignored =
        ask(trees -> {
          work.run(trees);
          return true;
        });
  }

  private void repeat(Work work) throws InterruptedException {
    boolean ignored =
        askAgain(trees -> {
          work.run(trees);
          return true;
        });
  }

  /** What does no harm when it is done twice: a supervisor that died meanwhile is not noticed. */
  private <T> T askAgain(Question<T> question) throws InterruptedException {
    try {
      return ask(question);
    } catch (LayerCacheException e) {
      if (!isLoss(e)) {
        throw e;
      }
      return ask(question);
    }
  }

  /** A supervisor that is gone is not asked again: the next question gets another one. */
  private <T> T ask(Question<T> question) throws InterruptedException {
    Keeper asked = keeper();
    try {
      return question.ask(asked.trees);
    } catch (LayerCacheException e) {
      if (isLoss(e)) {
        replace(asked);
      }
      throw e;
    }
  }

  private static boolean isLoss(LayerCacheException e) {
    return e.getCause() instanceof SandboxException sandbox
        && sandbox.code() == SandboxErrorCode.SUPERVISOR_LOST;
  }

  private synchronized void replace(Keeper lost) {
    if (lost.equals(keeper)) {
      close();
    }
  }

  private synchronized Keeper keeper() throws InterruptedException {
    Keeper known = keeper;
    if (known == null) {
      known = start();
      keeper = known;
    }
    return known;
  }

  private Keeper start() throws InterruptedException {
    KeeperSlot slot;
    try {
      slot = KeeperSlot.take(home.resolve("run"));
    } catch (IOException e) {
      throw new LayerCacheException(
          Code.STORE_UNUSABLE,
          "cannot reach files of other ids in '%s': %s. Give this user write access."
              .formatted(home, e.getMessage()),
          e);
    }
    try {
      clear(slot);
      BuildSandbox sandbox =
          sandboxes.open(
              IsolationRequest.in(slot.directory(), home)
                  .work(IsolationRequest.Work.FILES)
                  .build());
      return new Keeper(slot, sandbox, new SupervisedTrees(sandbox.trees()));
    } catch (SandboxException e) {
      slot.close();
      throw new LayerCacheException(Code.TREE_UNREACHABLE, String.valueOf(e.getMessage()), e);
    } catch (RuntimeException | InterruptedException e) {
      slot.close();
      throw e;
    }
  }

  /** Ends what a process that was killed has left in the slot. */
  private void clear(KeeperSlot slot) throws InterruptedException {
    Path left = slot.directory();
    if (Files.exists(left)) {
      sandboxes.reattach(left).ifPresent(BuildSandbox::close);
      sandboxes.sweep(left);
      remove(slot);
    }
  }

  private static void remove(KeeperSlot slot) {
    if (!Files.exists(slot.directory())) {
      return;
    }
    try (Stream<Path> left = Files.walk(slot.directory())) {
      for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
