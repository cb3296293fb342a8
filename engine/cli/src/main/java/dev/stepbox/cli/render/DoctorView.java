package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.engine.event.Words;
import dev.stepbox.isolation.host.DoctorReport;
import dev.stepbox.isolation.host.DoctorReport.Check;
import dev.stepbox.isolation.host.DoctorReport.Rung;
import dev.stepbox.isolation.host.DoctorReport.Shortfall;
import dev.stepbox.isolation.host.DoctorReport.Status;
import java.util.ArrayList;
import java.util.List;

/** What a machine offers, for people and for programs. */
public final class DoctorView {

  private static final int NAME_COLUMNS = 20;

  private DoctorView() {}

  /** One line for each check; a cause and a remedy below what is missing; the sum at the end. */
  public static List<String> lines(DoctorReport report, Look look) {
    List<String> lines = new ArrayList<>();
    for (Check check : report.checks()) {
      String name = check.name() + " ".repeat(Math.max(1, NAME_COLUMNS - check.name().length()));
      lines.add(sign(check.status(), look) + " " + name + check.finding());
      detail(lines, look, "cause   ", check.cause());
      detail(lines, look, "remedy  ", check.remedy());
    }
    lines.add("");
    lines.add(verdict(report, look));
    return lines;
  }

  /**
   * What was mended and what is left to do: commands for root as one block to copy, the rest as
   * text.
   *
   * @param written what was done without root
   * @param asRoot commands for root, as {@code Repairs} has them
   */
  public static List<String> fixLines(
      DoctorReport report, List<String> written, List<String> asRoot) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    written.forEach(lines::add);
    if (asRoot.isEmpty()) {
      lines.add(
          report.rung() == Rung.L3
              ? "Nothing is missing that builds of containers need."
              : "No command mends that from inside: see the remedies above.");
    } else {
      lines.add("Run this once, where sudo is allowed to you:");
      lines.add("");
      lines.add("sudo sh -e <<'END'");
      lines.addAll(asRoot);
      lines.add("END");
    }
    return lines;
  }

  /** Writes the report as an object. */
  public static JsonWriter json(JsonWriter json, DoctorReport report) {
    json.beginObject().field("rung", report.rung().name());
    json.name("checks").beginArray();
    for (Check check : report.checks()) {
      json.beginObject()
          .field("name", check.name())
          .field("status", Words.of(check.status()))
          .field("finding", check.finding())
          .field("cause", check.cause().isEmpty() ? null : check.cause())
          .field("remedy", check.remedy().isEmpty() ? null : check.remedy())
          .endObject();
    }
    return json.endArray().endObject();
  }

  private static void detail(List<String> lines, Look look, String name, String text) {
    if (!text.isEmpty()) {
      lines.add("    " + look.styles().dim(name) + text);
    }
  }

  private static String sign(Status status, Look look) {
    Glyphs glyphs = look.glyphs();
    return switch (status) {
      case OK -> look.styles().green(glyphs.succeeded());
      case WARN -> look.styles().yellow("!");
      case FAIL -> look.styles().red(glyphs.failed());
    };
  }

  private static String less(DoctorReport report) {
    boolean lacksProc = report.shortfalls().contains(Shortfall.PROC);
    boolean lacksCaps = report.shortfalls().contains(Shortfall.CAPS);
    String caps =
        "cannot enforce every cap%s: builds that set one need --allow-unenforced-caps"
            .formatted(lacksProc ? "" : " (L2)");
    return (lacksProc ? "has no /proc of their own for them (L2)" : "")
        + (lacksProc && lacksCaps ? ", and " : "")
        + (lacksCaps ? caps : "");
  }

  private static String verdict(DoctorReport report, Look look) {
    Styles styles = look.styles();
    return switch (report.rung()) {
      case L3 -> styles.bold("This machine isolates steps in full (L3).");
      case L2 -> styles.bold("This machine isolates steps, but %s.".formatted(less(report)));
      case L1 ->
          styles.bold(
              "This machine can keep steps in chroots only (L1): no build is run without"
                  + " --allow-chroot.");
      case REFUSED -> styles.bold("This machine cannot isolate steps: no build is run.");
    };
  }
}
