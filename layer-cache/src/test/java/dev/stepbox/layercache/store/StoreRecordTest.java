package dev.stepbox.layercache.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.MutationFuzz;
import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Records are read as they were written, or not at all. */
class StoreRecordTest {
  private static StoreRecord record() {
    return new StoreRecord()
        .with("name", "a value with spaces")
        .with("empty", "")
        .with("lines", "one\ntwo\\three\r")
        .with("text", "caf\u00e9 \ud83d\ude00")
        .with("number", 42)
        .withAll("item", List.of("1", "2"));
  }

  @Test
  void everyValueComesBack() throws Exception {
    StoreRecord read = StoreRecord.parse(record().bytes());

    assertThat(read.get("name")).isEqualTo("a value with spaces");
    assertThat(read.get("empty")).isEmpty();
    assertThat(read.get("lines")).isEqualTo("one\ntwo\\three\r");
    assertThat(read.get("text")).isEqualTo("caf\u00e9 \ud83d\ude00");
    assertThat(read.number("number")).isEqualTo(42);
    assertThat(read.all("item")).containsExactly("1", "2");
    assertThat(read.find("other")).isEmpty();
    assertThat(read.all("other")).isEmpty();
  }

  @Test
  void aMissingValueIsToldByItsName() {
    assertThatThrownBy(() -> record().get("other")).hasMessageContaining("'other'");
    assertThatThrownBy(() -> record().number("name")).hasMessageContaining("'name'");
  }

  @Test
  void theFormIsPlainText() {
    assertThat(new String(new StoreRecord().with("a", "b").bytes(), UTF_8))
        .isEqualTo("a b\ncrc32c c4de6cd7\n");
  }

  @Test
  void anyPrefixOfARecordIsTorn() {
    byte[] whole = record().bytes();
    for (int length = 0; length < whole.length; length++) {
      byte[] prefix = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> StoreRecord.parse(prefix)).isInstanceOf(Malformed.class);
    }
  }

  @Test
  void anyFlippedBitIsFound() {
    byte[] whole = record().bytes();
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThatThrownBy(() -> StoreRecord.parse(flipped)).isInstanceOf(Malformed.class);
    }
  }

  @Test
  void anyInputIsReadOrRefused() throws IOException {
    new MutationFuzz(List.of(record().bytes(), new StoreRecord().bytes()), UnaryOperator.identity())
        .run(
            "/fuzz/record.txt",
            20_000,
            input -> {
              try {
                assertThat(StoreRecord.parse(input)).isNotNull();
              } catch (Malformed refused) {
                assertThat(refused.getMessage()).isNotBlank();
              }
            });
  }
}
