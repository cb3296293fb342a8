package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.engine.event.Words;
import dev.stepbox.isolation.host.DoctorReport;
import dev.stepbox.isolation.host.DoctorReport.Check;
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

  private static String verdict(DoctorReport report, Look look) {
    Styles styles = look.styles();
    return switch (report.rung()) {
      case L3 -> styles.bold("This machine isolates steps in full (L3).");
      case L2 ->
          styles.bold(
              "This machine isolates steps, but cannot enforce every cap (L2): builds that set one"
                  + " need --allow-unenforced-caps.");
      case REFUSED -> styles.bold("This machine cannot isolate steps: no build is run.");
    };
  }
}
