package dev.stepbox.engine.scm;

import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.CheckoutSource.Submodules;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheCheckout;
import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.TooLargeObjectInPackException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.submodule.SubmoduleWalk;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

/**
 * A clone of another repository with its {@code .git}, so that steps can use git on it. Neither the
 * name nor the password of the address stays in it. Filters do not run and no hook is installed;
 * large files kept elsewhere stay the pointers they are.
 */
final class RemoteTree {

  /** Submodules within submodules are followed this deep. */
  static final int SUBMODULES_DEEP_MAX = 10;

  private final Submodules submodules;
  private final Reach reach;
  private final int silenceSecondsMax;
  private final ProgressMonitor monitor;
  private final StoppableWork work;
  private final CloneLimits limits;
  private final Fetched fetched;
  private final Written written;
  private int submodulesTaken;

  private RemoteTree(
      Submodules submodules,
      Reach reach,
      int silenceSecondsMax,
      CloneLimits limits,
      StoppableWork work) {
    this.work = work;
    this.limits = limits;
    this.fetched = new Fetched(limits, work);
    this.written = new Written(limits.written());
    this.submodules = submodules;
    this.reach = reach;
    this.silenceSecondsMax = silenceSecondsMax;
    this.monitor =
        new EmptyProgressMonitor() {
          @Override
          public boolean isCancelled() {
            return work.getAsBoolean();
          }
        };
  }

  static SourceTrees.Taken take(SourceOrder.Other order, Path into) throws InterruptedException {
    return take(order, into, RemoteFetch.SILENCE_SECONDS_MAX, CloneLimits.DEFAULTS);
  }

  static SourceTrees.Taken take(
      SourceOrder.Other order, Path into, int silenceSecondsMax, CloneLimits limits)
      throws InterruptedException {
    CheckoutSource.Repository wanted = order.repository();
    var work = new StoppableWork();
    var tree = new RemoteTree(wanted.submodules(), order.reach(), silenceSecondsMax, limits, work);
    URIish address = address(wanted.url(), order.directory());
    int history = wanted.depth() == null ? 0 : wanted.depth();
    return work.run(
        "clone",
        () -> {
          SourceTrees.Origin origin = tree.clone(address, wanted.revision(), history, into, 0, 0);
          return new SourceTrees.Taken(origin, tree.written.files(), tree.written.bytes());
        });
  }

  /** The address of a repository; a path without a scheme is one on this machine. */
  private static URIish address(String url, Path directory) {
    String tried = "fetch '%s'".formatted(Urls.withoutPassword(url));
    try {
      var address = new URIish(url);
      String scheme = address.getScheme();
      if (scheme == null && address.getHost() == null) {
        return new URIish(directory.resolve(address.getPath()).normalize().toString());
      }
      String kind = scheme == null ? "ssh" : scheme.toLowerCase(Locale.ROOT);
      return switch (kind) {
        case "file" -> address.setPath(directory.resolve(address.getPath()).normalize().toString());
        // Not git://, whose silence has no limit that a read from its socket would obey.
        case "http", "https" -> address;
        default ->
            throw Failures.unsupported(
                tried,
                "addresses of the kind '%s' are not supported yet".formatted(kind),
                "Use https, or a path on this machine.");
      };
    } catch (URISyntaxException e) {
      throw Failures.unavailable(tried, "this is no address of a repository", "Correct the url.");
    }
  }

  /** Where a repository lies on this machine; null when it lies on another one. */
  static @Nullable Path localPath(String url, Path directory) {
    URIish address = address(url, directory);
    return isLocal(address) ? Path.of(address.getPath()) : null;
  }

  private SourceTrees.Origin clone(
      URIish address,
      @Nullable String revision,
      int history,
      Path into,
      int depth,
      int directoriesAbove)
      throws InterruptedException {
    String tried = "fetch '%s'".formatted(Urls.withoutPassword(address.toPrivateString()));
    if (isLocal(address) && !reach.includesRepository(Path.of(address.getPath()))) {
      throw new EngineException(
          ErrorCode.NOT_ALLOWED,
          ("cannot %s: it lies, or a part of it, outside of the pipeline's own directory and"
                  + " repository. Allow a directory above it with --allow-path.")
              .formatted(tried));
    }
    try (Repository repository =
        new BoundedRepository(
            new FileRepositoryBuilder().setWorkTree(into.toFile()).setup(), fetched)) {
      repository.create();
      var fetch = new RemoteFetch(repository, address, monitor, silenceSecondsMax);
      RemoteFetch.Found found = fetch.fetch(revision, history);
      RevCommit commit = checkOut(repository, found.commit(), directoriesAbove);
      forget(repository, address);
      if (submodules == Submodules.RECURSIVE) {
        submodules(repository, address, depth, directoriesAbove);
      }
      return new SourceTrees.Origin(commit.name(), found.branch());
    } catch (TransportException e) {
      requireWithinLimits(e);
      throw new EngineException(
          ErrorCode.SOURCE_UNAVAILABLE,
          "cannot %s: %s. Check the address, and that it is reached without a password prompt."
              .formatted(tried, without(address, Failures.reason(address, e))),
          e);
    } catch (NotSupportedException e) {
      throw Failures.unavailable(
          tried, "there is no repository", "Check the address; a path starts at the pipeline.");
    } catch (IOException e) {
      throw DiskFailures.of("write what '%s' brings to".formatted(tried), into, e);
    }
  }

  private void requireWithinLimits(TransportException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof EngineException limit) {
        throw limit;
      }
      if (cause instanceof TooLargeObjectInPackException) {
        throw Fetched.tooMuch(
            "an object of it has more than %d bytes".formatted(limits.objectBytes()));
      }
    }
  }

  private RevCommit checkOut(Repository repository, ObjectId id, int directoriesAbove)
      throws IOException, InterruptedException {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(id);
      // All of its entries are read into memory before the first file is written.
      new TreeCount(repository, directoriesAbove, limits.nameBytes(), written, work).count(commit);
      RefUpdate head = repository.updateRef(Constants.HEAD, true);
      head.setNewObjectId(commit);
      head.disableRefLog();
      head.forceUpdate();
      DirCache index = repository.lockDirCache();
      try {
        var checkout = new DirCacheCheckout(repository, index, commit.getTree());
        checkout.setProgressMonitor(monitor);
        checkout.checkout();
      } finally {
        index.unlock();
      }
      return commit;
    }
  }

  /** Leave the address without what gives access, and nothing else that names it. */
  private static void forget(Repository repository, URIish address) throws IOException {
    StoredConfig config = repository.getConfig();
    config.setString(
        ConfigConstants.CONFIG_REMOTE_SECTION,
        Constants.DEFAULT_REMOTE_NAME,
        ConfigConstants.CONFIG_KEY_URL,
        Urls.withoutPassword(address.toPrivateString()));
    config.setString(
        ConfigConstants.CONFIG_REMOTE_SECTION,
        Constants.DEFAULT_REMOTE_NAME,
        ConfigConstants.CONFIG_FETCH_SECTION,
        "+refs/heads/*:refs/remotes/origin/*");
    config.save();
    Path git = repository.getDirectory().toPath();
    Files.deleteIfExists(git.resolve(Constants.FETCH_HEAD));
  }

  private void submodules(Repository repository, URIish address, int depth, int directoriesAbove)
      throws IOException, InterruptedException {
    try (SubmoduleWalk walk = SubmoduleWalk.forIndex(repository)) {
      while (walk.next()) {
        String url = walk.getModulesUrl();
        if (url == null || depth >= SUBMODULES_DEEP_MAX) {
          continue;
        }
        if (++submodulesTaken > limits.submodules()) {
          throw Fetched.tooMuch("it has more than %d submodules".formatted(limits.submodules()));
        }
        URIish inner = relative(address, url);
        Path into = walk.getDirectory().toPath();
        requireSafe(address, inner, walk.getPath());
        Files.createDirectories(into);
        int above = directoriesAbove + Path.of(walk.getPath()).getNameCount();
        clone(inner, walk.getObjectId().name(), 0, into, depth + 1, above);
      }
    } catch (ConfigInvalidException e) {
      throw Failures.unavailable(
          "read the submodules of '%s'".formatted(Urls.withoutPassword(address.toPrivateString())),
          e,
          "Correct its .gitmodules.");
    }
  }

  private static URIish relative(URIish address, String url) {
    if (!url.startsWith("./") && !url.startsWith("../")) {
      return address(url, Path.of("/"));
    }
    try {
      String base = address.getPath();
      String path = Path.of(base).resolve(url).normalize().toString();
      return address.setPath(path);
    } catch (InvalidPathException e) {
      throw Failures.unavailable(
          "fetch submodule '%s'".formatted(url), e, "Correct its .gitmodules.");
    }
  }

  /** A repository from elsewhere must not bring files of this machine into a workspace. */
  private static void requireSafe(URIish outer, URIish inner, String path) {
    if (isLocal(inner) && !isLocal(outer)) {
      throw Failures.unsupported(
          "fetch submodule '%s'".formatted(path),
          "its address '%s' is on this machine, that of its repository is not".formatted(inner),
          "Correct its .gitmodules.");
    }
  }

  private static boolean isLocal(URIish address) {
    return address.getHost() == null || "file".equals(address.getScheme());
  }

  /** A message without the name and the password of an address. */
  private static String without(URIish address, String message) {
    String clean = message;
    for (String secret : new @Nullable String[] {address.getPass(), address.getUser()}) {
      if (secret != null && !secret.isEmpty()) {
        clean = clean.replace(secret, "****");
      }
    }
    return clean.endsWith(".") ? clean.substring(0, clean.length() - 1) : clean;
  }
}
