package dev.stepbox.cli.render;

import java.time.ZoneId;

/**
 * How text for people is drawn.
 *
 * @param styles colours, or none
 * @param unicode whether signs outside ASCII may be used
 * @param columns the width that tables and bars keep to
 * @param zone of the times of day
 */
public record Look(Styles styles, boolean unicode, int columns, ZoneId zone) {

  /** The width of tables where nothing says how wide the output is. */
  public static final int PLAIN_COLUMNS = 100;

  /** The same for another width. */
  Look withColumns(int other) {
    return new Look(styles, unicode, other, zone);
  }

  /** The signs to use. */
  Glyphs glyphs() {
    return Glyphs.of(unicode);
  }
}
