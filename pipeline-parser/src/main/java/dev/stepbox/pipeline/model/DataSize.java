package dev.stepbox.pipeline.model;

/** A number of bytes, at least 0. */
public record DataSize(long bytes) {
  public static final long KIBIBYTE = 1024;
  public static final long MEBIBYTE = 1024 * KIBIBYTE;
  public static final long GIBIBYTE = 1024 * MEBIBYTE;
  public static final long TEBIBYTE = 1024 * GIBIBYTE;

  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size is at least 0 bytes, got " + bytes);
    }
  }

  public static DataSize ofMebibytes(long count) {
    return new DataSize(Math.multiplyExact(count, MEBIBYTE));
  }

  public static DataSize ofGibibytes(long count) {
    return new DataSize(Math.multiplyExact(count, GIBIBYTE));
  }

  /** The shortest exact spelling that a pipeline accepts, for example {@code 512MiB}. */
  @Override
  public String toString() {
    if (bytes == 0) {
      return "0B";
    }
    if (bytes % TEBIBYTE == 0) {
      return bytes / TEBIBYTE + "TiB";
    }
    if (bytes % GIBIBYTE == 0) {
      return bytes / GIBIBYTE + "GiB";
    }
    if (bytes % MEBIBYTE == 0) {
      return bytes / MEBIBYTE + "MiB";
    }
    if (bytes % KIBIBYTE == 0) {
      return bytes / KIBIBYTE + "KiB";
    }
    return bytes + "B";
  }
}
