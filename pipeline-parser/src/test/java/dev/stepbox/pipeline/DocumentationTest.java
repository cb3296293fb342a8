package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter.Dress;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever pipeline a reader can copy from the documentation or the examples is accepted. */
class DocumentationTest {
  private static final Path ROOT = Path.of("..");
  private static final String FENCE = "```";

  /** A pipeline and where it stands. */
  record Sample(String place, String text) {
    @Override
    public String toString() {
      return place;
    }
  }

  static List<Sample> samples() throws IOException {
    List<Sample> samples = new ArrayList<>();
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      List<Path> files = Stream.concat(top, docs).sorted().toList();
      for (Path page : files) {
        if (page.toString().endsWith(".md")) {
          addBlocks(page, samples);
        }
      }
    }
    try (Stream<Path> files = Files.walk(ROOT.resolve("examples"), 2)) {
      for (Path file : files.filter(path -> path.endsWith("stepbox.yaml")).sorted().toList()) {
        samples.add(new Sample(file.toString(), Files.readString(file)));
      }
    }
    return samples;
  }

  private static void addBlocks(Path page, List<Sample> samples) throws IOException {
    StringBuilder block = null;
    int number = 0;
    int start = 0;
    for (String line : Files.readAllLines(page)) {
      number++;
      if (block == null && line.equals(FENCE + "yaml")) {
        block = new StringBuilder();
        start = number;
      } else if (block != null && line.equals(FENCE)) {
        if (block.toString().startsWith("stepbox:")) {
          samples.add(new Sample(page + ":" + start, block.toString()));
        }
        block = null;
      } else if (block != null) {
        block.append(line).append('\n');
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isAccepted(Sample sample) {
    SourceText source = SourceText.of(new SourceName(sample.place()), sample.text());
    ParseResult result = PipelineParser.parse(source);
    assertThat(DiagnosticPrinter.print(source, result.diagnostics(), Dress.PLAIN)).isEmpty();
  }

  @Test
  void thereAreSamples() throws IOException {
    assertThat(samples()).hasSizeGreaterThan(15);
  }
}
