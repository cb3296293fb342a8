package dev.stepbox.cli.render;

import dev.stepbox.engine.event.BuildEvent;
import java.time.Instant;

/**
 * Shows a build while it goes on. Called by one thread: {@link #event} for each event in order,
 * {@link #tick} several times a second in between, {@link #close} once at the end, also when the
 * build goes on without us.
 */
public interface BuildRenderer extends AutoCloseable {

  /** Takes the next event of the build. */
  void event(BuildEvent event);

  /** Shows what has changed without an event: output, time, usage. */
  void tick(Instant now);

  /** Says something about the build that is no event of it, for example what Ctrl-C does. */
  void note(String text);

  /** Writes what is still to be written and gives the terminal back. */
  @Override
  void close();
}
