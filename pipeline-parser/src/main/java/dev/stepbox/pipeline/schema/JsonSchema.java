package dev.stepbox.pipeline.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The language as a JSON Schema (draft 2020-12) for editors. It accepts every file that the parser
 * accepts; rules that a schema cannot express are left to the parser.
 */
public final class JsonSchema {
  /** Where the schema lies on the class path. */
  public static final String RESOURCE = "/dev/stepbox/pipeline/pipeline.schema.json";

  private static final BigDecimal DECIMAL_STEP = new BigDecimal("0.001");
  private static final String PAGE = "docs/reference/pipeline.md";

  /** The schema as pretty-printed JSON with a newline at the end. */
  public static String text() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("$id", "urn:stepbox:pipeline:" + Language.VERSION);
    root.put("title", "Stepbox pipeline");
    root.put("description", "A pipeline of Stepbox, see " + PAGE);
    root.putAll(reference(Language.PIPELINE.name()));
    Map<String, Object> definitions = new LinkedHashMap<>();
    for (Shape.Mapping mapping : Language.definitions()) {
      definitions.put(mapping.name(), definition(mapping));
    }
    root.put("$defs", definitions);
    return new JsonText().write(root);
  }

  private static Map<String, Object> definition(Shape.Mapping mapping) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (Key key : mapping.keys()) {
      properties.put(key.name(), property(mapping, key));
      if (key.presence() == Key.Presence.REQUIRED) {
        required.add(key.name());
      }
    }
    schema.put("properties", properties);
    schema.put("additionalProperties", false);
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    if (mapping.min() > 0) {
      schema.put("minProperties", mapping.min());
    }
    addConstraints(mapping, schema);
    return schema;
  }

  private static Map<String, Object> property(Shape.Mapping mapping, Key key) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("description", describe(mapping, key));
    schema.putAll(schema(key.shape()));
    return schema;
  }

  private static String describe(Shape.Mapping mapping, Key key) {
    String text = key.description().replace("`", "") + ".";
    String defaultText = key.defaultText();
    if (defaultText != null && !defaultText.isEmpty()) {
      text += " Default: " + defaultText.replace("`", "") + ".";
    }
    return text + " Since " + key.since() + ". See " + PAGE + "#" + anchor(mapping) + ".";
  }

  private static String anchor(Shape.Mapping mapping) {
    return mapping.name().toLowerCase(Locale.ROOT);
  }

  private static void addConstraints(Shape.Mapping mapping, Map<String, Object> schema) {
    Map<String, Object> dependent = new LinkedHashMap<>();
    List<Object> all = new ArrayList<>();
    for (Shape.Constraint constraint : mapping.constraints()) {
      switch (constraint) {
        case Shape.Constraint.ExactlyOne one -> all.add(Map.of("oneOf", requireEach(one.keys())));
        case Shape.Constraint.Requires requires when requires.oneOf().size() == 1 ->
            dependent.put(requires.key(), requires.oneOf());
        case Shape.Constraint.Requires requires -> {
          Map<String, Object> condition = new LinkedHashMap<>();
          condition.put("if", Map.of("required", List.of(requires.key())));
          condition.put("then", Map.of("anyOf", requireEach(requires.oneOf())));
          all.add(condition);
        }
        case Shape.Constraint.Excludes excludes ->
            all.add(Map.of("not", Map.of("required", List.of(excludes.key(), excludes.other()))));
      }
    }
    if (!dependent.isEmpty()) {
      schema.put("dependentRequired", dependent);
    }
    if (!all.isEmpty()) {
      schema.put("allOf", all);
    }
  }

  private static List<Object> requireEach(List<String> keys) {
    List<Object> schemas = new ArrayList<>();
    for (String key : keys) {
      schemas.add(Map.of("required", List.of(key)));
    }
    return schemas;
  }

  private static Map<String, Object> reference(String definition) {
    return Map.of("$ref", "#/$defs/" + definition);
  }

  private static Map<String, Object> schema(Shape shape) {
    Map<String, Object> schema = new LinkedHashMap<>();
    switch (shape) {
      case Shape.Version version -> schema.put("const", version.number());
      case Shape.Text text -> schema.putAll(text(text.rule()));
      case Shape.Word word -> schema.put("enum", word.words());
      case Shape.Whole whole -> {
        schema.put("type", "integer");
        schema.put("minimum", whole.min());
        schema.put("maximum", whole.max());
      }
      case Shape.Decimal decimal -> {
        schema.put("type", "number");
        schema.put("minimum", BigDecimal.valueOf(decimal.minThousandths(), 3).stripTrailingZeros());
        schema.put("maximum", decimal.max());
        schema.put("multipleOf", DECIMAL_STEP);
      }
      case Shape.Flag _ -> schema.put("type", "boolean");
      case Shape.ListOf list -> {
        schema.put("type", "array");
        schema.put("items", schema(list.item()));
        putIfAbove(schema, "minItems", list.min(), 0);
        schema.put("maxItems", list.max());
        switch (list.repetition()) {
          case REFUSED -> schema.put("uniqueItems", true);
          case ALLOWED -> {}
        }
      }
      case Shape.MapOf map -> {
        schema.put("type", "object");
        schema.put("propertyNames", name(map.key()));
        schema.put("additionalProperties", schema(map.value()));
        putIfAbove(schema, "minProperties", map.min(), 0);
        schema.put("maxProperties", map.max());
      }
      case Shape.Either either -> {
        List<Object> alternatives = new ArrayList<>();
        for (Shape alternative : either.shapes()) {
          alternatives.add(schema(alternative));
        }
        schema.put("anyOf", alternatives);
      }
      case Shape.Ref ref -> schema.putAll(reference(ref.definition()));
      case Shape.Mapping mapping -> schema.putAll(reference(mapping.name()));
    }
    return schema;
  }

  private static Map<String, Object> text(TextRule rule) {
    Map<String, Object> schema = new LinkedHashMap<>();
    switch (rule.kinds()) {
      case TEXT -> schema.put("type", "string");
      case NOT_NEGATIVE -> {
        schema.put("type", List.of("string", "number"));
        schema.put("minimum", 0);
      }
      case ANY -> schema.put("type", List.of("string", "number", "boolean"));
    }
    schema.putAll(name(rule));
    return schema;
  }

  private static Map<String, Object> name(TextRule rule) {
    Map<String, Object> schema = new LinkedHashMap<>();
    putIfAbove(schema, "minLength", rule.minChars(), 0);
    schema.put("maxLength", rule.maxChars());
    String pattern = rule.pattern();
    if (pattern != null) {
      schema.put("pattern", pattern);
    }
    return schema;
  }

  private static void putIfAbove(Map<String, Object> schema, String key, int value, int floor) {
    if (value > floor) {
      schema.put(key, value);
    }
  }

  private JsonSchema() {}
}
