package dev.stepbox.cli.render;

import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.EventJson;
import java.io.PrintStream;
import java.time.Instant;

/** Writes the events themselves, one JSON object on a line; documented by a schema. */
public final class JsonRenderer implements BuildRenderer {

  private final PrintStream out;

  /** Makes a renderer that writes to a stream, which stays open. */
  public JsonRenderer(PrintStream out) {
    this.out = out;
  }

  @Override
  public void event(BuildEvent event) {
    out.append(EventJson.write(event)).append('\n');
    out.flush();
  }

  @Override
  public void tick(Instant now) {
    // A program reads events; the moments between them are for eyes.
  }

  @Override
  public void note(String text) {
    // What we do about a signal is an event too: build.cancelling.
  }

  @Override
  public void close() {
    out.flush();
  }
}
