package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.isolation.RunningSandbox;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a stage is to end early, and the step that has to be told. Graceful means the steps of
 * the stage and not its post blocks; a kill means everything. Safe for use by several threads.
 */
final class Cancellation {
  private final Duration grace;
  private @Nullable CancelMode mode;
  private String reason = "";
  private boolean isPost;
  private @Nullable RunningSandbox running;

  Cancellation(Duration grace) {
    this.grace = grace;
  }

  /** Ask for the end. A kill may follow a graceful end, not the other way round. */
  synchronized void request(CancelMode wanted, String why) {
    boolean isNews =
        switch (wanted) {
          case GRACEFUL -> mode == null && !isPost;
          case KILL -> mode != CancelMode.KILL;
        };
    if (isNews) {
      reason = mode == null ? why : reason;
      mode = wanted;
      tell();
    }
  }

  private void tell() {
    if (running != null && mode != null) {
      switch (mode) {
        case GRACEFUL -> {
          if (!isPost) {
            running.terminate(grace);
          }
        }
        case KILL -> running.kill();
      }
    }
  }

  /** From now on post blocks run, which only a kill ends. */
  synchronized void enterPost() {
    isPost = true;
  }

  /** A step runs; it is told at once if the end was asked for meanwhile. */
  synchronized void watch(RunningSandbox step) {
    running = step;
    tell();
  }

  synchronized void unwatch() {
    running = null;
  }

  /** Whether nothing more is to begin at this point of the stage. */
  synchronized boolean stopsNow() {
    return mode == CancelMode.KILL || (mode == CancelMode.GRACEFUL && !isPost);
  }

  /** Who or what asked first. */
  synchronized String reason() {
    return reason.isEmpty() ? "cancelled" : reason;
  }
}
