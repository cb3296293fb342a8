package dev.stepbox.layercache.image;

import dev.stepbox.layercache.archive.ByteFeed;
import java.io.IOException;
import java.util.Optional;

/** The files of an image source, by the names they have in it. */
interface ImageFiles extends AutoCloseable {

  /** A small file as a whole; empty when it is not there. */
  Optional<byte[]> document(String name) throws IOException, InterruptedException;

  /** A large file; empty when it is not there. The feed is closed before another is opened. */
  Optional<ByteFeed> open(String name) throws IOException, InterruptedException;

  /** Where a file stands in the order in which reading is cheapest. */
  long order(String name);

  /** How many files may be read at the same time. */
  int parallelism();

  @Override
  default void close() throws IOException {}
}
