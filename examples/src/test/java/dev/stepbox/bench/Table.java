package dev.stepbox.bench;

import java.util.Locale;

/** The table of the benchmark: each figure beside its peers, its target, and whether it is met. */
final class Table {
  private final Medians medians;
  private final StringBuilder text = new StringBuilder();

  Table(Medians medians) {
    this.medians = medians;
  }

  String markdown() {
    text.append("| what | Stepbox | to reach | met |\n| --- | ---: | --- | --- |\n");
    atMost("overhead per step, ms", "step", 6, "at most 6 ms");
    lessThan("… against `bwrap --unshare-all`", "step", "bwrap", 1);
    lessThan("… against `runc run`", "step", "runc", 5);
    lessThan("… against `podman run`", "step", "podman", 30);
    lessThan("… against `docker run`", "step", "docker", 50);
    atMost("`startMs` of a step, ms", "step.start", 4, "under 4 ms");
    row("… the bare floor in C: exec, ms", number("floor.exec"), "beside it", "");
    row("… the bare floor in C: reaped, ms", number("floor.reaped"), "beside it", "");
    machine("kvm", "with KVM");
    machine("emulated", "emulated");
    atMost("`stepbox run examples/hello`, whole process, ms", "hello", 200, "aim at 200 ms");
    lessThan("… against `docker run --rm`", "hello", "docker", 1);
    atMost("`stepbox plan`, whole process, ms", "plan", 150, "under 150 ms");
    lessThan("import of a 200 MB docker-archive", "import", "import.docker", 1);
    atLeast("1 GiB of output from one step, MiB/s", "flood.rate", 200, "at least 200");
    atMost("… engine resident, MiB", "flood.resident", 256, "under 256 MiB");
    return text.toString();
  }

  private void machine(String kind, String name) {
    if (medians.has("machine.boot." + kind)) {
      String of = "… in a virtual machine (`isolation: vm`), " + name;
      row(of + ": boot to first command, ms", number("machine.boot." + kind), "beside it", "");
      row(of + ": later steps, ms", number("machine.step." + kind), "beside it", "");
    }
  }

  private void atMost(String what, String name, double bound, String target) {
    row(what, number(name), target, verdict(medians.of(name) <= bound, name));
  }

  private void atLeast(String what, String name, double bound, String target) {
    row(what, number(name), target, verdict(medians.of(name) >= bound, name));
  }

  /** A row whose target is the peer's figure divided by {@code part}. */
  private void lessThan(String what, String name, String peer, int part) {
    if (!medians.has(peer)) {
      row(what, number(name), "the peer is not installed", "?");
      return;
    }
    String share = part == 1 ? "less than" : "1/" + part + " of";
    String ratio =
        "%s ms, ratio 1:%.1f".formatted(number(name), medians.of(peer) / medians.of(name));
    row(
        what,
        ratio,
        "%s %s ms".formatted(share, number(peer)),
        verdict(medians.of(name) * part <= medians.of(peer), name));
  }

  private String verdict(boolean met, String name) {
    return medians.has(name) ? (met ? "yes" : "**no**") : "?";
  }

  private String number(String name) {
    double value = medians.of(name);
    return Double.isNaN(value) ? "not measured" : String.format(Locale.ROOT, "%.2f", value);
  }

  private void row(String what, String figure, String target, String met) {
    text.append("| %s | %s | %s | %s |%n".formatted(what, figure, target, met));
  }
}
