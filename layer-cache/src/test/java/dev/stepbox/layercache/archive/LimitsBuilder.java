package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.Limits;

/** Limits with some values other than the documented ones. */
public final class LimitsBuilder {
  private int layersMax = Limits.DEFAULTS.layersMax();
  private int entriesMax = Limits.DEFAULTS.entriesMax();
  private long layerBytesMax = Limits.DEFAULTS.layerBytesMax();
  private long fileBytesMax = Limits.DEFAULTS.fileBytesMax();
  private int depthMax = Limits.DEFAULTS.depthMax();
  private int headerBytesMax = Limits.DEFAULTS.headerBytesMax();
  private int xattrsMax = Limits.DEFAULTS.xattrsMax();
  private int ratioMax = Limits.DEFAULTS.ratioMax();
  private int jsonBytesMax = Limits.DEFAULTS.jsonBytesMax();
  private int conflictsMax = Limits.DEFAULTS.conflictsMax();
  private long listingBytesMax = Limits.DEFAULTS.listingBytesMax();
  private long comparedBytesMax = Limits.DEFAULTS.comparedBytesMax();
  private long quotaBytes = Limits.DEFAULTS.quotaBytes();
  private long reserveBytes;

  private LimitsBuilder() {}

  /** The documented values, but without a reserve: tests run on small file systems too. */
  public static LimitsBuilder defaults() {
    return new LimitsBuilder();
  }

  public LimitsBuilder layersMax(int value) {
    layersMax = value;
    return this;
  }

  public LimitsBuilder entriesMax(int value) {
    entriesMax = value;
    return this;
  }

  public LimitsBuilder layerBytesMax(long value) {
    layerBytesMax = value;
    return this;
  }

  public LimitsBuilder fileBytesMax(long value) {
    fileBytesMax = value;
    return this;
  }

  public LimitsBuilder depthMax(int value) {
    depthMax = value;
    return this;
  }

  public LimitsBuilder headerBytesMax(int value) {
    headerBytesMax = value;
    return this;
  }

  public LimitsBuilder xattrsMax(int value) {
    xattrsMax = value;
    return this;
  }

  public LimitsBuilder ratioMax(int value) {
    ratioMax = value;
    return this;
  }

  public LimitsBuilder jsonBytesMax(int value) {
    jsonBytesMax = value;
    return this;
  }

  public LimitsBuilder conflictsMax(int value) {
    conflictsMax = value;
    return this;
  }

  public LimitsBuilder listingBytesMax(long value) {
    listingBytesMax = value;
    return this;
  }

  public LimitsBuilder comparedBytesMax(long value) {
    comparedBytesMax = value;
    return this;
  }

  public LimitsBuilder quotaBytes(long value) {
    quotaBytes = value;
    return this;
  }

  public LimitsBuilder reserveBytes(long value) {
    reserveBytes = value;
    return this;
  }

  /** The limits. */
  public Limits build() {
    return new Limits(
        layersMax,
        entriesMax,
        layerBytesMax,
        fileBytesMax,
        depthMax,
        headerBytesMax,
        xattrsMax,
        ratioMax,
        jsonBytesMax,
        conflictsMax,
        listingBytesMax,
        comparedBytesMax,
        quotaBytes,
        reserveBytes);
  }
}
