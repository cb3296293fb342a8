package dev.stepbox.pipeline;

import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads YAML as an editor does that holds it against a schema: with the core schema of YAML 1.2,
 * without limits of our own. It shares no code with the parser.
 */
final class YamlToJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Set<Node> open = new HashSet<>();

  /**
   * The only document of a text.
   *
   * @throws RuntimeException if there is none, or it cannot be read
   */
  static JsonNode read(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(1000);
    options.setMaxAliasesForCollections(1000);
    Yaml yaml = new Yaml(options);
    var documents = yaml.composeAll(new StringReader(text)).iterator();
    if (!documents.hasNext()) {
      return JSON.nullNode();
    }
    JsonNode json = new YamlToJson().convert(documents.next());
    if (documents.hasNext()) {
      throw new IllegalArgumentException("several documents");
    }
    return json;
  }

  private JsonNode convert(Node node) {
    if (!open.add(node)) {
      throw new IllegalArgumentException("a value contains itself");
    }
    JsonNode json =
        switch (node) {
          case ScalarNode scalar -> convert(scalar);
          case SequenceNode sequence -> {
            ArrayNode array = JSON.arrayNode();
            sequence.getValue().forEach(item -> array.add(convert(item)));
            yield array;
          }
          case MappingNode mapping -> convert(mapping);
          default -> throw new IllegalArgumentException("what is " + node);
        };
    open.remove(node);
    return json;
  }

  private ObjectNode convert(MappingNode mapping) {
    ObjectNode object = JSON.objectNode();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new IllegalArgumentException("a key is no text");
      }
      if (object.has(key.getValue())) {
        throw new IllegalArgumentException("duplicate key " + key.getValue());
      }
      object.set(key.getValue(), convert(tuple.getValueNode()));
    }
    return object;
  }

  private static JsonNode convert(ScalarNode scalar) {
    String text = scalar.getValue();
    if (scalar.getScalarStyle() != ScalarStyle.PLAIN) {
      return JSON.stringNode(text);
    }
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> JSON.nullNode();
      case "true", "True", "TRUE" -> JSON.booleanNode(true);
      case "false", "False", "FALSE" -> JSON.booleanNode(false);
      default -> number(text);
    };
  }

  private static JsonNode number(String text) {
    if (text.matches("[-+]?[0-9]+")) {
      return JSON.numberNode(new BigInteger(text.replaceFirst("^\\+", "")));
    }
    if (text.matches("0o[0-7]+")) {
      return JSON.numberNode(new BigInteger(text.substring(2), 8));
    }
    if (text.matches("0x[0-9a-fA-F]+")) {
      return JSON.numberNode(new BigInteger(text.substring(2), 16));
    }
    if (text.matches("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")) {
      return JSON.numberNode(new BigDecimal(text));
    }
    if (text.matches("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)")) {
      return JSON.numberNode(Double.MAX_VALUE);
    }
    return JSON.stringNode(text);
  }
}
