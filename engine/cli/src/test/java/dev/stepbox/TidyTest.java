package dev.stepbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is true of every file in the repository, whatever its language. */
class TidyTest {
  private static final int LINES_MAX = 450;
  private static final int COLUMNS_MAX = 100;
  private static final int FILE_KILOBYTES_MAX = 200;
  private static final int FILES_MIN = 30;

  // Written in two halves, so that this file does not break its own rule.
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(" + "FIX" + "ME|TO" + "DO|XX" + "X)\\b");
  private static final Pattern INLINE_CODE = Pattern.compile("`[^`]*`");
  private static final Pattern LINK =
      Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)(?:\\s+\"[^\"]*\")?\\)");
  private static final Pattern TEST =
      Pattern.compile("\\b([A-Z]\\w*[a-z](?:Test|IT|Contract))\\b(?:\\.(?!java\\b)([a-z]\\w*))?");
  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z+.-]*:.*");

  private final Repository repository = Repository.find();
  private final List<String> problems = new ArrayList<>();

  @Test
  void theScanSeesTheRepository() {
    assertThat(repository.files()).hasSizeGreaterThan(FILES_MIN);
  }

  @Test
  void nothingIsLeftUnfinished() throws IOException {
    eachLine(_ -> true, (at, line) -> report(UNFINISHED.matcher(line).find(), at));
    assertNone("finish it, or open an issue and say what is missing in plain words");
  }

  @Test
  void noLineEndsInASpace() throws IOException {
    eachLine(
        file -> !isRecorded(file),
        (at, line) -> report(line.endsWith(" ") || line.endsWith("\t") || line.endsWith("\r"), at));
    assertNone("remove the white space at the end of the line");
  }

  @Test
  void sourceFilesAreShort() throws IOException {
    for (Path file : texts(name -> hasExtension(name, "java", "c", "h"))) {
      int lines = Files.readAllLines(file).size();
      report(lines > LINES_MAX, "%s: %d lines".formatted(name(file), lines));
    }
    assertNone("a file has at most %d lines: split it by idea".formatted(LINES_MAX));
  }

  @Test
  void linesOfJavaAreShort() throws IOException {
    eachLine(
        file -> hasExtension(file, "java"),
        (at, line) -> {
          boolean isImport = line.startsWith("import ");
          report(!isImport && line.codePointCount(0, line.length()) > COLUMNS_MAX, at);
        });
    assertNone("a line has at most %d columns".formatted(COLUMNS_MAX));
  }

  @Test
  void everyPageHasOneTitle() throws IOException {
    for (Path file : texts(name -> hasExtension(name, "md"))) {
      long titles = prose(file).stream().filter(line -> line.startsWith("# ")).count();
      report(titles != 1, "%s: %d titles".formatted(name(file), titles));
    }
    assertNone("a page has exactly one line that starts with '# '");
  }

  @Test
  void relativeLinksLeadSomewhere() throws IOException {
    for (Path file : texts(name -> hasExtension(name, "md"))) {
      for (String line : prose(file)) {
        Matcher link = LINK.matcher(INLINE_CODE.matcher(line).replaceAll(""));
        while (link.find()) {
          String target = link.group(1).replaceFirst("#.*", "");
          boolean isElsewhere = target.isEmpty() || SCHEME.matcher(target).matches();
          report(
              !isElsewhere && !Files.exists(file.resolveSibling(target)),
              "%s: '%s'".formatted(name(file), target));
        }
      }
    }
    assertNone("a relative link names a file that exists");
  }

  @Test
  void pagesNameTestsThatExist() throws IOException {
    for (Path file : texts(name -> hasExtension(name, "md"))) {
      for (String line : Files.readAllLines(file)) {
        Matcher test = TEST.matcher(line);
        while (test.find()) {
          report(!isTest(test.group(1), test.group(2)), name(file) + ": " + test.group());
        }
      }
    }
    assertNone("a page names a test class, and a method, that exists");
  }

  private boolean isTest(String type, @Nullable String method) throws IOException {
    for (Path file : repository.files()) {
      if (file.endsWith(type + ".java")
          && (method == null || Files.readString(file).contains("void " + method + "("))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void everyFileIsSmall() throws IOException {
    for (Path file : repository.files()) {
      long kilobytes = Files.size(file) / 1024;
      report(kilobytes > FILE_KILOBYTES_MAX, "%s: %d kB".formatted(name(file), kilobytes));
    }
    assertNone("a file has at most %d kB: a clone stays cheap".formatted(FILE_KILOBYTES_MAX));
  }

  @Test
  void everyFileIsText() throws IOException {
    for (Path file : repository.files()) {
      report(isBinary(Files.readAllBytes(file)), name(file));
    }
    assertNone("binaries are built, never committed");
  }

  @Test
  void noFileNamesThisCheckoutOrAPackageHost() throws IOException {
    String here = repository.root().toString();
    // In a step of Stepbox it is /workspace, which the documents speak of.
    boolean isNameless = repository.root().getNameCount() < 2;
    eachLine(
        _ -> true,
        (at, line) -> {
          report(!isNameless && line.contains(here + "/"), at);
          report(line.contains("<repositor" + "ies>"), at);
          report(line.contains("<pluginRepositor" + "ies>"), at);
        });
    assertNone("the machine that builds decides where it lies and where packages come from");
  }

  private interface LineCheck {
    void look(String at, String line);
  }

  private void eachLine(Predicate<Path> wanted, LineCheck check) throws IOException {
    for (Path file : texts(wanted)) {
      int number = 0;
      for (String line : new String(Files.readAllBytes(file), UTF_8).split("\n", -1)) {
        number++;
        check.look(name(file) + ":" + number, line);
      }
    }
  }

  private List<Path> texts(Predicate<Path> wanted) throws IOException {
    List<Path> texts = new ArrayList<>();
    for (Path file : repository.files()) {
      if (wanted.test(file) && !isBinary(Files.readAllBytes(file))) {
        texts.add(file);
      }
    }
    return texts;
  }

  /** The lines of a page without its blocks of code. */
  private static List<String> prose(Path page) throws IOException {
    List<String> lines = new ArrayList<>();
    boolean isCode = false;
    for (String line : Files.readAllLines(page)) {
      if (line.stripLeading().startsWith("```")) {
        isCode = !isCode;
      } else if (!isCode) {
        lines.add(line);
      }
    }
    return lines;
  }

  /** Recorded input and output is what it is, spaces at line ends included. */
  private static boolean isRecorded(Path file) {
    return file.toString().contains("/src/test/resources/") || file.endsWith("LICENSE");
  }

  private static boolean hasExtension(Path file, String... extensions) {
    String name = file.toString();
    return List.of(extensions).stream().anyMatch(extension -> name.endsWith("." + extension));
  }

  private static boolean isBinary(byte[] content) {
    for (byte value : content) {
      if (value == 0) {
        return true;
      }
    }
    return false;
  }

  private String name(Path file) {
    return repository.root().relativize(file).toString();
  }

  private void report(boolean isProblem, String at) {
    if (isProblem) {
      problems.add(at);
    }
  }

  private void assertNone(String rule) {
    assertThat(problems).as(rule).isEmpty();
  }
}
