package dev.stepbox.pipeline;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pipelines in which a key or value has been removed, renamed or replaced by one that stands
 * elsewhere. They are written as JSON, which is YAML, too.
 */
final class TreeMutants {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "1",
          "0",
          "-1",
          "1.5",
          "1e3",
          "\"\"",
          "\"x\"",
          "\"2GiB\"",
          "\"30m\"",
          "\"host\"",
          "\"scm\"",
          "\"a/../b\"",
          "\"${A}\"",
          "\" \"",
          "\"5\"",
          "\"true\"",
          "[]",
          "{}",
          "[\"x\"]",
          "[1, \"1\"]",
          "{\"not\": \"x\"}",
          "{\"name\": \"x\"}",
          "\"none\"",
          "\"ä\"",
          "\"a\\nb\"",
          "99999999999",
          "0.0001");

  private final RandomGenerator random;
  private final List<JsonNode> seeds = new ArrayList<>();
  private final List<JsonNode> parts = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();

  TreeMutants(long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (Fixture fixture : Fixture.all()) {
      if (fixture.bytes().length < 4000) {
        addSeed(fixture);
      }
    }
    VALUES.forEach(value -> parts.add(JSON.readTree(value)));
  }

  private void addSeed(Fixture fixture) {
    try {
      JsonNode tree = YamlToJson.read(new String(fixture.bytes(), StandardCharsets.UTF_8));
      switch (fixture.folder()) {
        case VALID, WARNING -> seeds.add(tree);
        case INVALID, SEMANTIC -> {}
      }
      collect(tree);
    } catch (RuntimeException unreadable) {
      // Not a tree, so there is nothing to take from it.
      keys.add("unreadable");
    }
  }

  private void collect(JsonNode node) {
    parts.add(node);
    if (node instanceof ObjectNode object) {
      keys.addAll(object.propertyNames());
    }
    node.forEach(this::collect);
  }

  byte[] next() {
    JsonNode tree = seeds.get(random.nextInt(seeds.size())).deepCopy();
    for (int changes = random.nextInt(1, 3); changes > 0; changes--) {
      List<JsonNode> containers = new ArrayList<>();
      collectContainers(tree, containers);
      change(containers.get(random.nextInt(containers.size())));
    }
    return JSON.writeValueAsBytes(tree);
  }

  private static void collectContainers(JsonNode node, List<JsonNode> containers) {
    if (node.isContainer()) {
      containers.add(node);
      node.forEach(child -> collectContainers(child, containers));
    }
  }

  private void change(JsonNode container) {
    JsonNode part = parts.get(random.nextInt(parts.size())).deepCopy();
    switch (container) {
      case ObjectNode object -> {
        List<String> names = new ArrayList<>(object.propertyNames());
        String name =
            names.isEmpty() || random.nextInt(4) == 0
                ? keys.get(random.nextInt(keys.size()))
                : names.get(random.nextInt(names.size()));
        if (random.nextInt(3) == 0) {
          object.remove(name);
        } else {
          object.set(name, part);
        }
      }
      case ArrayNode array -> {
        int at = array.isEmpty() ? 0 : random.nextInt(array.size());
        if (!array.isEmpty() && random.nextInt(3) == 0) {
          array.remove(at);
        } else {
          array.insert(at, part);
        }
      }
      default -> throw new IllegalStateException("no container: " + container);
    }
  }
}
