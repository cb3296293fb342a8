package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.render.BuildList.Table;
import dev.stepbox.engine.BuildsUsage;
import dev.stepbox.engine.event.Words;
import dev.stepbox.layercache.Space;
import dev.stepbox.layercache.Space.Category;
import dev.stepbox.layercache.Space.Share;
import java.util.ArrayList;
import java.util.List;

/** What the store takes on disk, and what was removed from it. */
public final class SpaceTable {

  private SpaceTable() {}

  /** One line for each kind, then the sum against the quota, then the builds. */
  public static List<String> lines(Space.Usage usage, BuildsUsage builds, Styles styles) {
    Table table = new Table("kind", "count", "size", "reclaimable");
    for (Category category : Category.values()) {
      Share share = usage.shares().get(category);
      if (share != null) {
        table.row(
            name(category),
            String.valueOf(share.count()),
            Quantities.size(share.bytes()),
            Quantities.size(share.reclaimableBytes()));
      }
    }
    List<String> lines = new ArrayList<>(table.lines(styles));
    lines.add(
        "%s of at most %s; %s free on the file system"
            .formatted(
                Quantities.size(usage.bytes()),
                Quantities.size(usage.quotaBytes()),
                Quantities.size(usage.freeBytes())));
    lines.add(
        "beside the store: %s in %s"
            .formatted(Quantities.size(builds.bytes()), Texts.count(builds.builds(), "build")));
    return lines;
  }

  /** What was removed, and the sum. */
  public static List<String> lines(Space.Pruned pruned) {
    List<String> lines = new ArrayList<>();
    pruned.removed().forEach(what -> lines.add("removed " + what));
    lines.add(
        pruned.removed().isEmpty()
            ? "nothing to remove"
            : "freed " + Quantities.size(pruned.bytes()));
    return lines;
  }

  /** Writes the usage as an object. */
  public static JsonWriter json(JsonWriter json, Space.Usage usage, BuildsUsage builds) {
    json.beginObject()
        .field("bytes", usage.bytes())
        .field("quotaBytes", usage.quotaBytes())
        .field("freeBytes", usage.freeBytes());
    json.name("kinds").beginObject();
    for (Category category : Category.values()) {
      Share share = usage.shares().get(category);
      if (share != null) {
        json.name(Words.of(category))
            .beginObject()
            .field("count", share.count())
            .field("bytes", share.bytes())
            .field("reclaimableBytes", share.reclaimableBytes())
            .endObject();
      }
    }
    json.endObject().name("builds").beginObject();
    json.field("count", builds.builds()).field("bytes", builds.bytes());
    return json.endObject().endObject();
  }

  /** Writes what was removed as an object. */
  public static JsonWriter json(JsonWriter json, Space.Pruned pruned) {
    json.beginObject().field("bytes", pruned.bytes());
    json.name("removed").beginArray();
    pruned.removed().forEach(json::value);
    return json.endArray().endObject();
  }

  private static String name(Category category) {
    return switch (category) {
      case IMAGES -> "images";
      case UNNAMED_IMAGES -> "images without a name";
      case SNAPSHOTS -> "snapshots";
      case CACHE_MOUNTS -> "cache mounts";
      case RUNNING -> "running builds";
    };
  }
}
