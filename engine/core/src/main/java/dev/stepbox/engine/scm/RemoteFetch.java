package dev.stepbox.engine.scm;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.errors.RevisionSyntaxException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectChecker;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

/** Brings a commit of another repository into an empty one. */
final class RemoteFetch {

  /** How long the other side may be silent, in seconds. */
  static final int SILENCE_SECONDS_MAX = 60;

  /** Here stands what is asked for, where it has no name of its own. */
  private static final String WANTED = "refs/stepbox/wanted";

  private static final List<RefSpec> EVERYTHING =
      List.of(
          new RefSpec("+refs/heads/*:refs/remotes/origin/*"),
          new RefSpec("+refs/tags/*:refs/tags/*"));

  private final Repository repository;
  private final URIish address;
  private final ProgressMonitor monitor;
  private final int silenceSecondsMax;

  /**
   * A fetch from an address.
   *
   * @param silenceSecondsMax {@link #SILENCE_SECONDS_MAX}, but in tests
   */
  RemoteFetch(
      Repository repository, URIish address, ProgressMonitor monitor, int silenceSecondsMax) {
    this.repository = repository;
    this.address = address;
    this.monitor = monitor;
    this.silenceSecondsMax = silenceSecondsMax;
  }

  /** A commit that is here now, and the branch that it was found by. */
  record Found(ObjectId commit, @Nullable String branch) {}

  /**
   * Bring a revision.
   *
   * @param revision branch, tag or commit; null for the default branch
   * @param history how many commits; 0 for all
   */
  Found fetch(@Nullable String revision, int history) throws IOException {
    Map<String, Ref> refs = refs();
    Ref ref = named(refs, revision);
    if (ref != null) {
      String name = ref.getName();
      boolean isBranch = name.startsWith(Constants.R_HEADS);
      String branch = isBranch ? name.substring(Constants.R_HEADS.length()) : null;
      String to = isBranch ? Constants.R_REMOTES + "origin/" + branch : ours(name);
      fetch(List.of(new RefSpec("+" + name + ":" + to)), history);
      return new Found(commit(to), branch);
    }
    if (revision == null) {
      throw Failures.unavailable(
          tried("its default branch"), "the repository has none", "Name a revision.");
    }
    return byId(revision, history);
  }

  /** The other side's HEAD, detached from its branches, is not the HEAD of this repository. */
  private static String ours(String name) {
    return name.equals(Constants.HEAD) ? WANTED : name;
  }

  private Map<String, Ref> refs() throws IOException {
    try (Transport transport = transport();
        FetchConnection connection = transport.openFetch()) {
      return Map.copyOf(connection.getRefsMap());
    }
  }

  private static @Nullable Ref named(Map<String, Ref> refs, @Nullable String revision) {
    if (revision == null) {
      Ref head = refs.get(Constants.HEAD);
      if (head == null || head.isSymbolic()) {
        return head == null ? null : refs.get(head.getTarget().getName());
      }
      return refs.values().stream()
          .filter(ref -> ref.getName().startsWith(Constants.R_HEADS))
          .filter(ref -> Objects.equals(head.getObjectId(), ref.getObjectId()))
          .min(Comparator.comparing(Ref::getName))
          .orElse(head);
    }
    for (String prefix : List.of(Constants.R_HEADS, Constants.R_TAGS, "")) {
      Ref ref = refs.get(prefix + revision);
      if (ref != null && (!prefix.isEmpty() || revision.startsWith(Constants.R_REFS))) {
        return ref;
      }
    }
    return null;
  }

  /** An id is asked for alone; where the other side does not give it so, everything is fetched. */
  private Found byId(String revision, int history) throws IOException {
    if (ObjectId.isId(revision)) {
      try {
        fetch(List.of(new RefSpec("+" + revision + ":" + WANTED)), history);
        return new Found(commit(revision), null);
      } catch (TransportException | MissingObjectException notAlone) {
        if (monitor.isCancelled()) {
          throw notAlone;
        }
        fetch(EVERYTHING, 0);
        return new Found(commit(revision), null);
      }
    }
    fetch(EVERYTHING, 0);
    return new Found(commit(revision), null);
  }

  private void fetch(List<RefSpec> wanted, int history) throws IOException {
    try (Transport transport = transport()) {
      transport.setTagOpt(TagOpt.NO_TAGS);
      transport.setObjectChecker(new ObjectChecker());
      // The history that a shallow fetch leaves out would look like a part that is missing.
      transport.setCheckFetchedObjects(history == 0);
      if (history > 0) {
        transport.setDepth(history);
      }
      transport.fetch(monitor, wanted);
    }
  }

  private Transport transport() throws IOException {
    Transport transport = Transport.open(repository, address);
    transport.setTimeout(silenceSecondsMax);
    return transport;
  }

  private ObjectId commit(String revision) throws IOException {
    try {
      ObjectId id = repository.resolve(revision + "^{commit}");
      if (id != null) {
        return id;
      }
    } catch (RevisionSyntaxException e) {
      throw Failures.unavailable(
          tried("'%s'".formatted(revision)),
          "this is not how a revision is written",
          "Give a branch, a tag or an id.");
    }
    throw Failures.unavailable(
        tried("'%s'".formatted(revision)),
        "the repository has no such branch, tag or commit",
        "'git ls-remote' lists them.");
  }

  private String tried(String what) {
    return "fetch %s of '%s'".formatted(what, Urls.withoutPassword(address.toPrivateString()));
  }
}
