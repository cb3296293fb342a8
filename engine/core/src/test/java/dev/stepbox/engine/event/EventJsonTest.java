package dev.stepbox.engine.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.engine.BuildId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class EventJsonTest {

  private static final Path SCHEMA = Path.of("../../docs/reference/events.schema.json");

  @Test
  void whatIsWrittenIsReadBackEqual() {
    for (BuildEvent event : SampleEvents.all()) {
      assertThat(EventJson.read(EventJson.write(event))).isEqualTo(event);
    }
  }

  @Test
  void thereIsASampleOfEveryKind() {
    assertThat(SampleEvents.all().stream().map(BuildEvent::getClass).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.asList(BuildEvent.class.getPermittedSubclasses()).stream()
                .map(kind -> kind.asSubclass(BuildEvent.class))
                .toList());
  }

  @Test
  void everyEventFitsTheSchema() throws IOException {
    Schema schema = schema();
    for (BuildEvent event : SampleEvents.all()) {
      String json = EventJson.write(event);
      List<Error> errors = schema.validate(json, InputFormat.JSON);
      assertThat(errors).as(json).isEmpty();
    }
  }

  @Test
  void theSchemaRefusesWhatIsNoEvent() throws IOException {
    Schema schema = schema();
    for (String json :
        List.of(
            "{}",
            "{\"event\":\"build.finished\"}",
            "{\"event\":\"nonsense\",\"time\":\"2026-11-23T10:42:07.123Z\",\"build\":1,"
                + "\"sequence\":0}",
            EventJson.write(SampleEvents.all().getFirst()).replace("\"build\":17", "\"build\":0"),
            EventJson.write(SampleEvents.all().getFirst()).replace("\"stages\"", "\"stagez\""))) {
      assertThat(schema.validate(json, InputFormat.JSON)).as(json).isNotEmpty();
    }
  }

  private static Schema schema() throws IOException {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(Files.readString(SCHEMA), InputFormat.JSON);
  }

  @Test
  void aFinishedStepSaysWhatProgramsWant() {
    var event =
        new BuildEvent.StepFinished(
            new Stamp(new BuildId(17), 12, Instant.parse("2026-11-23T10:42:07.123456Z")),
            new StepKey("Build", null, 2),
            new StepOutcome.Killed(dev.stepbox.agent.protocol.KillReason.OOM, 137),
            Duration.ofNanos(38_201_999_999L),
            Duration.ofNanos(2_137_900),
            new Usage(Duration.ofMillis(117), null, 812L << 20, 44L, null, null),
            4_321);
    assertThat(EventJson.write(event))
        .isEqualTo(
            "{\"event\":\"step.finished\",\"time\":\"2026-11-23T10:42:07.123Z\",\"build\":17,"
                + "\"sequence\":12,\"stage\":\"Build\",\"step\":2,\"outcome\":\"killed\","
                + "\"exitCode\":137,\"reason\":\"oom\",\"elapsedMs\":38201,\"startMs\":2.137,"
                + "\"usage\":{\"cpuMs\":117,\"throttledMs\":null,\"memoryPeakBytes\":851443712,"
                + "\"pidsPeak\":44},\"outputBytes\":4321}");
  }

  @Test
  void membersOfANewerVersionAreIgnored() {
    for (BuildEvent event : SampleEvents.all()) {
      String json = EventJson.write(event);
      String newer = json.substring(0, json.length() - 1) + ",\"newer\":{\"a\":[1]}}";
      assertThat(EventJson.read(newer)).isEqualTo(event);
    }
  }

  @Test
  void whatIsNoEventIsRefusedByName() {
    String json = EventJson.write(SampleEvents.all().getFirst());
    assertThatThrownBy(() -> EventJson.read(json.replace("build.started", "build.nonsense")))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("'build.nonsense' is not an event");
    assertThatThrownBy(() -> EventJson.read(json.replace("\"stages\"", "\"stagez\"")))
        .isInstanceOf(JsonException.class)
        .hasMessage("'stages' is missing");
    assertThatThrownBy(() -> EventJson.read(json.replace("10:42:07.123Z", "25:42:07.123Z")))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("not a time");
  }

  @Test
  void timesAreWrittenAsTheJdkReadsThem() {
    for (String time :
        List.of(
            "1970-01-01T00:00:00.000Z", "2000-02-29T23:59:59.999Z", "9999-12-31T23:59:59.001Z")) {
      Instant instant = Instant.parse(time);
      assertThat(Timestamps.write(instant)).isEqualTo(time);
      assertThat(Timestamps.read(time)).isEqualTo(instant);
    }
  }
}
