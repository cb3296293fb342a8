package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.engine.event.BuildEvent;

/** What a {@link BuildMachine} wants done, in the order in which it says so. */
sealed interface Effect {

  /** Write an event to the journal, then tell those who watch. */
  record Append(BuildEvent event) implements Effect {}

  /** Tell the worker. */
  record Send(ToWorker message) implements Effect {}

  /** Find out what a stage needs, and answer by an input. */
  record Prepare(StageProgress stage) implements Effect {}

  /** The build is over, nothing follows. */
  record End() implements Effect {}
}
