package dev.stepbox.engine.scm;

import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.PackParser;

/**
 * A repository that takes what another one sends within limits. JGit asks the repository for what
 * puts objects into it, and offers no other place to set them for a fetch.
 */
final class BoundedRepository extends FileRepository {
  private final Fetched fetched;

  BoundedRepository(FileRepositoryBuilder place, Fetched fetched) throws IOException {
    super(place);
    this.fetched = fetched;
  }

  @Override
  public ObjectInserter newObjectInserter() {
    return new Bounded(super.newObjectInserter(), fetched);
  }

  private static final class Bounded extends ObjectInserter.Filter {
    private final ObjectInserter open;
    private final Fetched fetched;

    Bounded(ObjectInserter open, Fetched fetched) {
      this.open = open;
      this.fetched = fetched;
    }

    @Override
    protected ObjectInserter delegate() {
      return open;
    }

    @Override
    public PackParser newPackParser(InputStream pack) throws IOException {
      PackParser parser = super.newPackParser(fetched.counted(pack));
      parser.setMaxObjectSizeLimit(fetched.limits().objectBytes());
      return parser;
    }

    @Override
    public ObjectId insert(int type, byte[] data, int from, int count) throws IOException {
      fetched.add(count);
      return super.insert(type, data, from, count);
    }

    @Override
    public ObjectId insert(int type, byte[] data) throws IOException {
      fetched.add(data.length);
      return super.insert(type, data);
    }

    @Override
    public ObjectId insert(int type, long length, InputStream in) throws IOException {
      fetched.add(length);
      return super.insert(type, length, in);
    }
  }
}
