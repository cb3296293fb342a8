package dev.stepbox.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RomanTest {
  @ParameterizedTest
  @CsvSource({"1, I", "4, IV", "1994, MCMXCIV", "2026, MMXXVI", "3999, MMMCMXCIX"})
  void writesNumbersInRomanNumerals(int number, String numeral) {
    assertEquals(numeral, Roman.numeral(number));
  }

  @Test
  void refusesNumbersThatTheRomansCouldNotWrite() {
    assertThrows(IllegalArgumentException.class, () -> Roman.numeral(0));
    assertThrows(IllegalArgumentException.class, () -> Roman.numeral(4000));
  }
}
