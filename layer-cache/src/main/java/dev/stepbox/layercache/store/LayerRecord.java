package dev.stepbox.layercache.store;

import dev.stepbox.layercache.Layer;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * What the store writes down of a layer.
 *
 * @param bootId of the time when it was made
 * @param hidesAllBelow whether a stack begins with it, whatever lies below
 */
public record LayerRecord(Layer layer, String bootId, boolean hidesAllBelow) {

  StoreRecord toRecord() {
    return new StoreRecord()
        .with("id", layer.id().toString())
        .with("kind", layer.kind().name())
        .with("created", layer.created().toString())
        .with("boot", bootId)
        .with("hides-all-below", Boolean.toString(hidesAllBelow));
  }

  static LayerRecord of(StoreRecord record) throws Malformed {
    try {
      return new LayerRecord(
          new Layer(
              LayerId.parse(record.get("id")),
              Layer.Kind.valueOf(record.get("kind")),
              Instant.parse(record.get("created"))),
          record.get("boot"),
          Boolean.parseBoolean(record.get("hides-all-below")));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new Malformed(String.valueOf(e.getMessage()));
    }
  }
}
