package dev.stepbox.pipeline.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.model.DataSize;
import dev.stepbox.pipeline.model.Processors;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {
  @ParameterizedTest
  @CsvSource({
    "90s, PT1M30S",
    "30m, PT30M",
    "1h30m, PT1H30M",
    "1d2h3m4s, P1DT2H3M4S",
    "999999s, PT999999S",
    "0h5s, PT5S",
  })
  void durations(String text, Duration duration) {
    assertThat(Quantities.duration(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @CsvSource({
    "1KiB, 1024",
    "512MiB, 536870912",
    "1.5GiB, 1610612736",
    "999999TiB, 1099510528264372224",
    "0.001KiB, 1",
    "0.125MiB, 131072",
  })
  void sizes(String text, long bytes) {
    assertThat(Quantities.size(text)).isEqualTo(new DataSize(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1000, 1",
    "0.5, 500, 0.5",
    "2.25, 2250, 2.25",
    "0.001, 1, 0.001",
    "1024, 1024000, 1024"
  })
  void processors(String text, int thousandths, String printed) {
    assertThat(Quantities.processors(text)).isEqualTo(new Processors(thousandths));
    assertThat(Quantities.processors(text)).hasToString(printed);
  }
}
