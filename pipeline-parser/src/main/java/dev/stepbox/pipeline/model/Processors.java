package dev.stepbox.pipeline.model;

/**
 * A number of processors in thousandths, at least one thousandth. Not a {@code BigDecimal}: loading
 * that class costs a tenth of the time in which a plan is to be there.
 */
public record Processors(int thousandths) {
  private static final int THOUSAND = 1000;

  public Processors {
    if (thousandths < 1) {
      throw new IllegalArgumentException(
          "a cpu cap is more than 0, got %d thousandths".formatted(thousandths));
    }
  }

  /** The shortest decimal, for example {@code 0.5} or {@code 2}. */
  @Override
  public String toString() {
    int fraction = thousandths % THOUSAND;
    if (fraction == 0) {
      return Integer.toString(thousandths / THOUSAND);
    }
    String digits = Integer.toString(THOUSAND + fraction).substring(1);
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    return thousandths / THOUSAND + "." + digits.substring(0, end);
  }
}
