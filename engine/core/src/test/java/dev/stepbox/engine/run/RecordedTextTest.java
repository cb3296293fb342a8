package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.engine.event.BuildEvent;
import org.junit.jupiter.api.Test;

/** How much of what a worker tells becomes part of an event. */
class RecordedTextTest {

  @Test
  void aTextOf64KiCharactersIsRecordedAndOfALongerOneItsBeginning() {
    String longest = "x".repeat(WorkerWords.TEXT_MAX);
    assertThat(recorded(longest)).isEqualTo(longest);
    assertThat(recorded(longest + "y")).isEqualTo(longest + "… (65537 characters)");
  }

  @Test
  void aCharacterOfTwoHalvesIsNotCutInTheMiddle() {
    String start = "x".repeat(WorkerWords.TEXT_MAX - 1);
    assertThat(recorded(start + "😀")).isEqualTo(start + "… (65537 characters)");
  }

  private static String recorded(String text) {
    var words = new RecordedWords();
    words.announce(text);
    return ((BuildEvent.Announcement) words.last()).text();
  }
}
