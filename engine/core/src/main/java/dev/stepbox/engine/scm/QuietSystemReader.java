package dev.stepbox.engine.scm;

import java.io.File;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.FS_POSIX;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * The surroundings that JGit sees: no environment, no settings of the user or the machine, none of
 * its own. So a build does not depend on who runs it, nothing outside a repository is read or
 * written, no program is started, and the seconds-long measuring of the file system's clock, which
 * leaves files behind, never happens.
 */
final class QuietSystemReader extends SystemReader {

  private static final int UMASK = 0022;

  /** Coarse enough for every file system; a repository that is read once has no races to see. */
  private static final long TIMESTAMP_RESOLUTION_MILLIS = 1_000;

  private final InstantSource clock;

  private QuietSystemReader(InstantSource clock) {
    this.clock = clock;
  }

  /** Make it what JGit sees in this process, before anything else of JGit is used. */
  static synchronized void install(InstantSource clock) {
    if (!(SystemReader.getInstance() instanceof QuietSystemReader)) {
      SystemReader.setInstance(new QuietSystemReader(clock));
      if (FS.DETECTED instanceof FS_POSIX posix) {
        // Said, so that no shell is started to ask for it.
        posix.setUmask(UMASK);
      }
    }
  }

  @Override
  public String getHostname() {
    return "localhost";
  }

  @Override
  public @Nullable String getenv(String variable) {
    return null;
  }

  @Override
  public @Nullable String getProperty(String key) {
    return System.getProperty(key);
  }

  @Override
  public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
    return new NoConfig(parent, fs);
  }

  @Override
  public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
    return new NoConfig(parent, fs);
  }

  @Override
  public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
    return new NoConfig(parent, fs);
  }

  // Deprecated, but still to be implemented.
  @SuppressWarnings("deprecation")
  @Override
  public long getCurrentTime() {
    return clock.millis();
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @SuppressWarnings("deprecation")
  @Override
  public int getTimezone(long when) {
    return 0;
  }

  /** Settings that are empty, stay so, and are written nowhere. */
  private static final class NoConfig extends FileBasedConfig {
    NoConfig(@Nullable Config parent, FS fs) {
      super(parent, new File("/dev/null"), fs);
    }

    @Override
    public void load() {}

    @Override
    public void save() {}

    @Override
    public boolean isOutdated() {
      return false;
    }

    @Override
    public long getTimeUnit(
        String section,
        @Nullable String subsection,
        String name,
        long defaultValue,
        TimeUnit wantUnit) {
      return section.equals("filesystem")
          ? wantUnit.convert(TIMESTAMP_RESOLUTION_MILLIS, TimeUnit.MILLISECONDS)
          : super.getTimeUnit(section, subsection, name, defaultValue, wantUnit);
    }
  }
}
