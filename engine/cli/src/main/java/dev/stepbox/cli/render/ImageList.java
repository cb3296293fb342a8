package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.render.BuildList.Table;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.Images;
import dev.stepbox.layercache.ImportReport;
import java.util.ArrayList;
import java.util.List;

/** Images as a table, and as JSON. */
public final class ImageList {

  private static final int DIGEST_DIGITS = 12;

  private ImageList() {}

  /** One line for each image, below a line of headings. */
  public static List<String> lines(List<Images.Named> images, Styles styles) {
    Table table = new Table("image", "id", "layers", "size");
    for (Images.Named named : images) {
      table.row(
          named.name().value(),
          named.image().id().hex().substring(0, DIGEST_DIGITS),
          String.valueOf(named.image().layers().size()),
          Quantities.size(named.size().bytes()));
    }
    return table.lines(styles);
  }

  /** What an import did. */
  public static List<String> lines(ImageName name, ImportReport report) {
    List<String> lines = new ArrayList<>();
    report.notices().forEach(notice -> lines.add("note: " + notice));
    int layers = report.image().layers().size();
    String known =
        report.layersNew() == layers ? "" : ", %d of them new".formatted(report.layersNew());
    lines.add(
        "imported %s: %s%s, %s unpacked"
            .formatted(name, Texts.count(layers, "layer"), known, Quantities.size(report.bytes())));
    return lines;
  }

  /** Writes one image as an object. */
  public static JsonWriter json(JsonWriter json, Images.Named named) {
    return json.beginObject()
        .field("name", named.name().value())
        .field("id", named.image().id().toString())
        .field("layers", named.image().layers().size())
        .field("bytes", named.size().bytes())
        .endObject();
  }

  /** Writes what an import did as an object. */
  public static JsonWriter json(JsonWriter json, ImageName name, ImportReport report) {
    json.beginObject()
        .field("name", name.value())
        .field("id", report.image().id().toString())
        .field("layers", report.image().layers().size())
        .field("layersNew", report.layersNew())
        .field("entries", report.entries())
        .field("bytes", report.bytes());
    json.name("notices").beginArray();
    report.notices().forEach(json::value);
    return json.endArray().endObject();
  }
}
