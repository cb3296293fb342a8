package dev.stepbox.engine.run;

import dev.stepbox.engine.event.BuildEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Tells the events of a build that this engine carries on to those who watch. Thread-safe. */
final class LiveFeed {

  private final Path journal;
  private final List<LiveStream> streams = new ArrayList<>();
  private long published;
  private boolean isOver;

  /**
   * A feed.
   *
   * @param published how many events are in the journal already
   */
  LiveFeed(Path journal, long published) {
    this.journal = journal;
    this.published = published;
  }

  /** An event is in the journal. */
  synchronized void publish(BuildEvent event) {
    published = event.stamp().sequence() + 1;
    streams.forEach(stream -> stream.offer(event));
  }

  /** No event follows from this engine. */
  synchronized void end() {
    isOver = true;
    streams.forEach(LiveStream::end);
    streams.clear();
  }

  synchronized LiveStream subscribe(long from) {
    var stream = new LiveStream(journal, from, published, this::remove);
    if (isOver) {
      stream.end();
    } else {
      streams.add(stream);
    }
    return stream;
  }

  private synchronized void remove(LiveStream stream) {
    streams.remove(stream);
  }
}
