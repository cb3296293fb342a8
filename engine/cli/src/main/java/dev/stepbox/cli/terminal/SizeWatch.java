package dev.stepbox.cli.terminal;

import java.util.concurrent.atomic.AtomicReference;

/** Knows how large the terminal is, and learns of every change. Thread-safe. */
public final class SizeWatch {

  private final SizeProbe probe;
  private final AtomicReference<TerminalSize> size = new AtomicReference<>(TerminalSize.DEFAULT);

  private SizeWatch(SizeProbe probe) {
    this.probe = probe;
  }

  /** Begins to watch; returns at once, the first answer comes some milliseconds later. */
  public static SizeWatch start(SizeProbe probe) {
    SizeWatch watch = new SizeWatch(probe);
    watch.ask();
    Signals.on(Signals.Kind.RESIZE, watch::ask);
    return watch;
  }

  /** The size as last heard. */
  public TerminalSize size() {
    return size.get();
  }

  private void ask() {
    Thread.ofPlatform()
        .daemon()
        .name("terminal-size")
        .start(() -> {
          try {
            probe.ask().ifPresent(size::set);
          } catch (InterruptedException ignored) {
            // The process ends; nobody needs the answer.
            return;
          }
        });
  }
}
