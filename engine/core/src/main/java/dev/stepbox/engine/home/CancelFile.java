package dev.stepbox.engine.home;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.event.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** How one process asks another to stop a build: a file that appears whole and is taken away. */
public final class CancelFile {

  private final Path file;

  public CancelFile(Path file) {
    this.file = file;
  }

  /** Ask; a later demand takes the place of one that nobody has heard. */
  public void write(CancelMode mode, String by) {
    try {
      Path temporary = Files.createTempFile(file.getParent(), "cancel", ".tmp");
      Files.writeString(temporary, Words.of(mode) + "\n" + by.replace('\n', ' ') + "\n");
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw DiskFailures.of("ask for a stop in", file, e);
    }
  }

  /** Hear, and take the demand away; empty when nobody asks. */
  public Optional<Demand> take() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Path taken = file.resolveSibling(file.getFileName() + ".heard");
    try {
      Files.move(file, taken, StandardCopyOption.ATOMIC_MOVE);
      List<String> lines = Files.readAllLines(taken);
      Files.delete(taken);
      if (lines.size() == 2) {
        return Optional.of(new Demand(Words.read(CancelMode.class, lines.get(0)), lines.get(1)));
      }
      return Optional.of(new Demand(CancelMode.GRACEFUL, "an unreadable demand"));
    } catch (NoSuchFileException heardByAnother) {
      return Optional.empty();
    } catch (IOException e) {
      throw DiskFailures.of("hear a demand to stop in", file, e);
    }
  }

  /** Somebody wants the build to stop. */
  public record Demand(CancelMode mode, String by) {}
}
