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
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
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
  private long files;
  private long bytes;

  private RemoteTree(Submodules submodules, Reach reach, int silenceSecondsMax) {
    this.submodules = submodules;
    this.reach = reach;
    this.silenceSecondsMax = silenceSecondsMax;
    this.monitor =
        new EmptyProgressMonitor() {
          @Override
          public boolean isCancelled() {
            return Thread.currentThread().isInterrupted();
          }
        };
  }

  static SourceTrees.Taken take(SourceOrder.Other order, Path into) throws InterruptedException {
    return take(order, into, RemoteFetch.SILENCE_SECONDS_MAX);
  }

  static SourceTrees.Taken take(SourceOrder.Other order, Path into, int silenceSecondsMax)
      throws InterruptedException {
    CheckoutSource.Repository wanted = order.repository();
    var tree = new RemoteTree(wanted.submodules(), order.reach(), silenceSecondsMax);
    URIish address = address(wanted.url(), order.directory());
    SourceTrees.Origin origin =
        tree.clone(
            address, wanted.revision(), wanted.depth() == null ? 0 : wanted.depth(), into, 0);
    return new SourceTrees.Taken(origin, tree.files, tree.bytes);
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
      URIish address, @Nullable String revision, int history, Path into, int depth)
      throws InterruptedException {
    String tried = "fetch '%s'".formatted(Urls.withoutPassword(address.toPrivateString()));
    if (isLocal(address) && !reach.includesRepository(Path.of(address.getPath()))) {
      throw new EngineException(
          ErrorCode.NOT_ALLOWED,
          ("cannot %s: it lies, or a part of it, outside of the pipeline's own directory and"
                  + " repository. Allow a directory above it with --allow-path.")
              .formatted(tried));
    }
    try (Repository repository = new FileRepositoryBuilder().setWorkTree(into.toFile()).build()) {
      repository.create();
      var fetch = new RemoteFetch(repository, address, monitor, silenceSecondsMax);
      RemoteFetch.Found found = fetch.fetch(revision, history);
      RevCommit commit = checkOut(repository, found.commit());
      forget(repository, address);
      if (submodules == Submodules.RECURSIVE) {
        submodules(repository, address, depth);
      }
      return new SourceTrees.Origin(commit.name(), found.branch());
    } catch (TransportException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the %s was stopped".formatted(tried));
      }
      throw new EngineException(
          ErrorCode.SOURCE_UNAVAILABLE,
          "cannot %s: %s. Check the address, and that it is reached without a password prompt."
              .formatted(tried, without(address, e.getMessage())));
    } catch (NotSupportedException e) {
      throw Failures.unavailable(
          tried, "there is no repository", "Check the address; a path starts at the pipeline.");
    } catch (IOException e) {
      throw DiskFailures.of("write what '%s' brings to".formatted(tried), into, e);
    }
  }

  private RevCommit checkOut(Repository repository, ObjectId id) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(id);
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
      count(repository, walk.getObjectReader());
      return commit;
    }
  }

  private void count(Repository repository, ObjectReader objects) throws IOException {
    DirCache index = repository.readDirCache();
    for (int i = 0; i < index.getEntryCount(); i++) {
      DirCacheEntry entry = index.getEntry(i);
      if (!FileMode.GITLINK.equals(entry.getRawMode())) {
        files++;
        bytes += objects.getObjectSize(entry.getObjectId(), Constants.OBJ_BLOB);
      }
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

  private void submodules(Repository repository, URIish address, int depth)
      throws IOException, InterruptedException {
    try (SubmoduleWalk walk = SubmoduleWalk.forIndex(repository)) {
      while (walk.next()) {
        String url = walk.getModulesUrl();
        if (url == null || depth >= SUBMODULES_DEEP_MAX) {
          continue;
        }
        URIish inner = relative(address, url);
        Path into = walk.getDirectory().toPath();
        requireSafe(address, inner, walk.getPath());
        Files.createDirectories(into);
        clone(inner, walk.getObjectId().name(), 0, into, depth + 1);
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
  private static String without(URIish address, @Nullable String message) {
    String clean = message == null ? "the connection failed" : message;
    for (String secret : new @Nullable String[] {address.getPass(), address.getUser()}) {
      if (secret != null && !secret.isEmpty()) {
        clean = clean.replace(secret, "****");
      }
    }
    return clean.endsWith(".") ? clean.substring(0, clean.length() - 1) : clean;
  }
}
