package dev.stepbox;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The walls between the parts, as they really are in the compiled classes. */
class ArchitectureTest {
  /** So that an empty scan cannot pass. Raise it as the code grows, to about nine tenths. */
  private static final int CLASSES_MIN = 200;

  /** A module, its base package, and the modules it may see. */
  enum Module {
    PIPELINE_PARSER("dev.stepbox.pipeline"),
    LAYER_CACHE("dev.stepbox.layercache"),
    ISOLATION("dev.stepbox.isolation"),
    PROTOCOL("dev.stepbox.agent.protocol"),
    WORKER("dev.stepbox.agent.worker", PROTOCOL, ISOLATION, LAYER_CACHE),
    ENGINE("dev.stepbox.engine", PIPELINE_PARSER, LAYER_CACHE, PROTOCOL),
    CLI("dev.stepbox.cli", PIPELINE_PARSER, LAYER_CACHE, ISOLATION, PROTOCOL, WORKER, ENGINE);

    private final String base;
    private final Set<Module> sees;

    Module(String base, Module... sees) {
      this.base = base;
      this.sees = Set.of(sees);
    }

    String tree() {
      return base + "..";
    }

    String[] forbiddenTrees() {
      return Arrays.stream(values())
          .filter(other -> other != this && !sees.contains(other))
          .map(Module::tree)
          .toArray(String[]::new);
    }
  }

  /** Who alone may import which library. What is not listed here is not imported at all. */
  private static final Map<String, List<String>> LIBRARIES =
      Map.of(
          "java..",
          List.of("dev.stepbox.."),
          "javax.crypto..",
          List.of("dev.stepbox.engine.home"),
          "javax.xml..",
          List.of("dev.stepbox.engine.."),
          "org.jspecify..",
          List.of("dev.stepbox.."),
          "org.slf4j..",
          List.of(
              Module.ISOLATION.tree(),
              Module.WORKER.tree(),
              Module.ENGINE.tree(),
              Module.CLI.tree()),
          "org.yaml.snakeyaml..",
          List.of("dev.stepbox.pipeline.yaml"),
          "jnr..",
          List.of("dev.stepbox.isolation.posix"),
          "org.eclipse.jgit..",
          List.of("dev.stepbox.engine.scm"),
          "picocli..",
          List.of(Module.CLI.tree()),
          "sun.misc..",
          List.of("dev.stepbox.cli.terminal"));

  private static final Pattern VAGUE_PACKAGE =
      Pattern.compile(".*\\.(utils?|commons?|helpers?|misc|shared|base|impl)(\\..*)?");
  private static final Pattern VAGUE_CLASS = Pattern.compile(".*(Utils?|Helpers?|Manager)");

  private static final JavaClasses MAIN = read("classes");
  private static final JavaClasses TESTS = read("test-classes");

  private static JavaClasses read(String kind) {
    List<Path> folders = Repository.find().classFolders(kind);
    return new ClassFileImporter().importPaths(folders);
  }

  @Test
  void theScanSeesTheCode() {
    assertThat(MAIN).hasSizeGreaterThanOrEqualTo(CLASSES_MIN);
    assertThat(TESTS).isNotEmpty();
    assertThat(Module.values())
        .allMatch(module -> MAIN.stream().anyMatch(resideInAPackage(module.tree())));
  }

  @ParameterizedTest
  @EnumSource
  void aModuleSeesOnlyWhatIsBelowIt(Module module) {
    String[] forbidden = module.forbiddenTrees();
    if (forbidden.length > 0) {
      noClasses()
          .that()
          .resideInAPackage(module.tree())
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(forbidden)
          .because("the engine decides what and where, a worker decides how, and the rest is below")
          .check(MAIN);
    }
  }

  @Test
  void theEngineKnowsLayersOnlyByName() {
    noClasses()
        .that()
        .resideInAPackage(Module.ENGINE.tree())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.stepbox.layercache.archive..", "dev.stepbox.layercache.overlay..")
        .because("a plan holds keys; only a worker touches the bytes of a layer")
        .check(MAIN);
  }

  /**
   * The base package of a module is left out: it holds both the entry, which calls the packages
   * below it, and the words that they all use.
   */
  @ParameterizedTest
  @EnumSource
  void thePackagesOfAModuleHaveNoCycle(Module module) {
    slices()
        .matching(module.base + ".(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(MAIN);
  }

  @Test
  void eachLibraryIsImportedInOnePlace() {
    for (Map.Entry<String, List<String>> library : LIBRARIES.entrySet()) {
      noClasses()
          .that(resideOutsideOfPackages(library.getValue().toArray(String[]::new)))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(library.getKey())
          .because("a library behind one package can be replaced")
          .allowEmptyShould(true)
          .check(MAIN);
    }
    String[] known =
        Stream.concat(Stream.of("dev.stepbox..", ""), LIBRARIES.keySet().stream())
            .toArray(String[]::new);
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(known)
        .because("a dependency is a decision: record it, and add it to the list of libraries")
        .check(MAIN);
  }

  @Test
  void namesSayAnIdea() {
    List<String> vague =
        Stream.concat(MAIN.stream(), TESTS.stream())
            .filter(type ->
                VAGUE_PACKAGE.matcher(type.getPackageName()).matches()
                    || VAGUE_CLASS.matcher(type.getSimpleName()).matches())
            .map(JavaClass::getName)
            .toList();
    assertThat(vague).as("name what it makes or knows, not that it helps").isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() {
    SortedMap<String, Boolean> marked = new TreeMap<>();
    for (JavaClass type : MAIN) {
      marked.computeIfAbsent(
          type.getPackageName(),
          _ -> type.getPackage().tryGetAnnotationOfType(NullMarked.class).isPresent());
    }
    List<String> unmarked = new ArrayList<>();
    marked.forEach((name, isMarked) -> {
      if (!isMarked) {
        unmarked.add(name);
      }
    });
    assertThat(unmarked).as("add a package-info.java with @NullMarked and a sentence").isEmpty();
  }

  @Test
  void onlyTheCommandLineTouchesTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage(Module.CLI.tree())
        .should(ACCESS_STANDARD_STREAMS)
        .orShould()
        .callMethodWhere(readsTheSurroundings())
        .because("time, environment and streams are passed in, so that a test can choose them")
        .check(MAIN);
  }

  @Test
  void noThreadIsVirtual() {
    noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "makes virtual threads",
                call -> call.getTarget().getName().matches("of.*Virtual|.*Virtual.*Thread.*")))
        .because("one that loads a class keeps its carrier: see decision 45")
        .check(MAIN);
  }

  private static DescribedPredicate<JavaMethodCall> readsTheSurroundings() {
    return DescribedPredicate.describe(
        "exits, or reads the environment or the clock",
        call -> {
          String owner = call.getTargetOwner().getName();
          String method = call.getTarget().getName();
          return switch (owner) {
            case "java.lang.System" ->
                Set.of("exit", "getenv", "currentTimeMillis").contains(method);
            case "java.lang.Runtime" -> Set.of("exit", "halt").contains(method);
            case "java.time.Clock", "java.time.InstantSource" -> method.startsWith("system");
            default -> owner.startsWith("java.time.") && method.equals("now");
          };
        });
  }

  @Test
  void failuresAreOurs() {
    NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(MAIN);
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(MAIN);
  }

  @Test
  void fieldsHoldValues() {
    noFields()
        .should()
        .haveRawType(Optional.class)
        .orShould()
        .haveRawType(ThreadLocal.class)
        .because("absence is @Nullable and checked; context is a ScopedValue")
        .allowEmptyShould(true)
        .check(MAIN);
  }

  @Test
  void testsWaitThroughEventually() {
    noClasses()
        .that()
        .doNotHaveSimpleName("Eventually")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.awaitility..")
        .orShould()
        .callMethodWhere(
            DescribedPredicate.describe(
                "sleeps",
                call ->
                    call.getTarget().getName().equals("sleep")
                        && call.getTargetOwner().isEquivalentTo(Thread.class)))
        .because("a fixed pause is too long on a fast machine and too short on a slow one")
        .check(TESTS);
  }

  @Test
  void noTestIsSwitchedOffOrOverlooked() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.junit.jupiter.api.Disabled")
        .because("a test that never runs is not a test: mend it or remove it")
        .check(TESTS);
    List<String> overlooked =
        TESTS.stream()
            .filter(type ->
                type.isTopLevelClass() && !type.getModifiers().contains(JavaModifier.ABSTRACT))
            .filter(type ->
                type.getMethods().stream().anyMatch(method -> method.isAnnotatedWith(Test.class)))
            .map(JavaClass::getName)
            .filter(name -> !name.endsWith("Test") && !name.endsWith("IT"))
            .toList();
    assertThat(overlooked).as("Maven runs *Test and *IT, and nothing else").isEmpty();
  }
}
