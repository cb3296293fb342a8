package dev.stepbox.layercache.image;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageConfig;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.store.StoreRecord;
import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** An image as it stands in its file. */
final class ImageRecord {
  private ImageRecord() {}

  static StoreRecord of(Image image) {
    ImageConfig config = image.config();
    StoreRecord record = new StoreRecord().with("id", image.id().toString());
    config.environment().forEach((name, value) -> record.with("env", name + "=" + value));
    return record
        .withAll("entrypoint", config.entrypoint())
        .withAll("command", config.command())
        .with("directory", config.workingDirectory())
        .with("user", config.user())
        .with("platform", config.platform())
        .withAll("layer", image.layers())
        .withAll("host", image.hostDirectories())
        .withAll("notice", image.notices());
  }

  static Image read(StoreRecord record) throws Malformed {
    try {
      SequencedMap<String, String> environment = new LinkedHashMap<>();
      for (String variable : record.all("env")) {
        int equals = variable.indexOf('=');
        environment.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
      return new Image(
          Digest.parse(record.get("id")),
          new ImageConfig(
              environment,
              record.all("entrypoint"),
              record.all("command"),
              record.get("directory"),
              record.get("user"),
              record.get("platform")),
          record.all("layer").stream().map(LayerId::parse).toList(),
          record.all("host").stream().map(Path::of).toList(),
          record.all("notice"));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new Malformed(String.valueOf(e.getMessage()));
    }
  }
}
