package dev.stepbox.pipeline.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cel.common.CelValidationException;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The language is a part of CEL: whatever is accepted here, the reference implementation accepts
 * too, and both find the same value.
 */
class CelOracleTest {
  private static final int EXPRESSIONS = 1500;

  private static final Map<String, ValueType> PARAMETERS =
      Map.of("TEXT", ValueType.TEXT, "FLAG", ValueType.TRUTH);
  private static final Map<String, String> VARIABLES =
      Map.of("A", "alpha", "B", "", "LONG", "alphabet soup", "as", "x");

  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .addVar("branch", SimpleType.STRING)
          .addVar("env", MapType.create(SimpleType.STRING, SimpleType.STRING))
          .addVar("params", MapType.create(SimpleType.STRING, SimpleType.DYN))
          .setResultType(SimpleType.BOOL)
          .build();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.plannerRuntimeBuilder().build();

  private static final Expression.Source SOURCE =
      new Expression.Source() {
        @Override
        public String text(Identifier identifier) {
          return switch (identifier) {
            case Identifier.Branch _ -> "release/1.0";
            case Identifier.Variable variable -> VARIABLES.getOrDefault(variable.name(), "");
            case Identifier.Parameter parameter ->
                parameter.name().equals("FLAG") ? "true" : "fast";
          };
        }

        @Override
        public ValueType parameterType(String name) {
          return PARAMETERS.getOrDefault(name, ValueType.TEXT);
        }
      };

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void expressionsThatFollowTheGrammarHaveTheSameValue(long seed) throws Exception {
    ExpressionGenerator generator = new ExpressionGenerator(random(seed));
    for (int count = 0; count < EXPRESSIONS; count++) {
      String source = generator.truth(4);
      Expression.Result result = Expression.read(source, PARAMETERS);
      assertThat(result).as(source).isInstanceOf(Expression.Result.Valid.class);
      assertSameValue(source, result);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void whatIsAcceptedAfterRandomChangesIsCelWithTheSameValue(long seed) throws Exception {
    RandomGenerator random = random(seed);
    ExpressionGenerator generator = new ExpressionGenerator(random);
    int accepted = 0;
    for (int count = 0; count < EXPRESSIONS * 4; count++) {
      String source = change(generator.truth(2), random);
      Expression.Result result = Expression.read(source, PARAMETERS);
      if (result instanceof Expression.Result.Valid) {
        accepted++;
        assertSameValue(source, result);
      }
    }
    assertThat(accepted).as("changes that leave a valid expression").isGreaterThan(100);
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  private static void assertSameValue(String source, Expression.Result result)
      throws CelEvaluationException {
    if (result instanceof Expression.Result.Valid valid) {
      boolean ours = valid.expression().holds(SOURCE);
      assertThat(cel(source, valid.expression())).as(source).isEqualTo(ours);
    }
  }

  private static Object cel(String source, Expression expression) throws CelEvaluationException {
    Map<String, String> environment = new LinkedHashMap<>(VARIABLES);
    for (Identifier identifier : expression.identifiers()) {
      if (identifier instanceof Identifier.Variable(String name)) {
        environment.putIfAbsent(name, "");
      }
    }
    Map<String, Object> values =
        Map.of(
            "branch",
            "release/1.0",
            "env",
            environment,
            "params",
            Map.of("TEXT", "fast", "FLAG", true));
    try {
      return RUNTIME.createProgram(COMPILER.compile(source).getAst()).eval(values);
    } catch (CelValidationException refused) {
      return "CEL refuses " + source + ": " + refused.getMessage();
    }
  }

  /** Removes, doubles, swaps or replaces a piece. */
  private static String change(String source, RandomGenerator random) {
    List<String> pieces = new ArrayList<>(List.of(source.split("(?<=\\W)|(?=\\W)")));
    List<String> words =
        List.of(
            "true", "in", "env", "A", "null", ".", "!", "==", "<", "&&", "(", ")", "'", "\\", "-",
            "1", "[", "]", ",", "?", ":", "as", "\"", " ", "0", "branch");
    for (int changes = random.nextInt(1, 3); changes > 0 && !pieces.isEmpty(); changes--) {
      int at = random.nextInt(pieces.size());
      switch (random.nextInt(4)) {
        case 0 -> pieces.remove(at);
        case 1 -> pieces.add(at, pieces.get(random.nextInt(pieces.size())));
        case 2 -> pieces.set(at, words.get(random.nextInt(words.size())));
        default -> pieces.add(at, words.get(random.nextInt(words.size())));
      }
    }
    return String.join("", pieces);
  }
}
