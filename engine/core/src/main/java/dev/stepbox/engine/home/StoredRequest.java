package dev.stepbox.engine.home;

import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.ChrootPolicy;
import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonReader;
import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.engine.ContainerRuntime;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.event.Words;
import dev.stepbox.pipeline.model.Isolation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for, as it is kept with a build: with the pipeline's text it gives the same plan
 * again. Values of secrets are not in it.
 *
 * @param pipeline name of the pipeline file as the user gave it
 * @param branch that the source was on when the build began
 * @param secrets their names
 */
public record StoredRequest(
    String pipeline,
    SourceRequest source,
    @Nullable String branch,
    SequencedMap<String, String> parameters,
    SequencedMap<String, String> environment,
    List<String> stages,
    List<String> secrets,
    RunOptions options) {

  public StoredRequest {
    parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    stages = List.copyOf(stages);
    secrets = List.copyOf(secrets);
  }

  /** Write to a file that does not exist. */
  public void write(Path file) {
    var out = new JsonWriter().beginObject();
    out.field("pipeline", pipeline).field("directory", source.directory().toString());
    switch (source) {
      case SourceRequest.WorkingTree _ -> {}
      case SourceRequest.Commit commit -> out.field("revision", commit.revision());
    }
    out.field("branch", branch);
    write(out.name("parameters"), parameters);
    write(out.name("environment"), environment);
    write(out.name("stages"), stages);
    write(out.name("secrets"), secrets);
    out.field("capsPolicy", Words.of(options.capsPolicy())).field("parallel", options.parallel());
    out.field("graceMs", options.grace().toMillis());
    out.field("outputLimitBytes", options.outputLimitBytes());
    out.field("execution", Words.of(options.execution()));
    Isolation isolation = options.isolation();
    out.field("isolation", isolation == null ? null : Words.of(isolation));
    ContainerRuntime runtime = options.runtime();
    out.field("runtime", runtime == null ? null : Words.of(runtime));
    Permissions permissions = options.permissions();
    out.field("hostNetwork", Words.of(permissions.hostNetwork()));
    out.field("nesting", Words.of(permissions.nesting()));
    out.field("chroots", Words.of(permissions.chroots()));
    write(out.name("allowedPaths"), permissions.paths().stream().map(Path::toString).toList());
    out.endObject();
    try {
      Files.writeString(file, out.toString() + "\n");
    } catch (IOException e) {
      throw DiskFailures.of("keep the request in", file, e);
    }
  }

  private static void write(JsonWriter out, SequencedMap<String, String> texts) {
    out.beginObject();
    texts.forEach(out::field);
    out.endObject();
  }

  private static void write(JsonWriter out, List<String> texts) {
    out.beginArray();
    texts.forEach(out::value);
    out.endArray();
  }

  /** Read what {@link #write} wrote. */
  public static StoredRequest read(Path file) {
    try {
      JsonObject in = JsonReader.read(Files.readString(file));
      Path directory = Path.of(in.string("directory"));
      String revision = in.stringOrNull("revision");
      return new StoredRequest(
          in.string("pipeline"),
          revision == null
              ? new SourceRequest.WorkingTree(directory)
              : new SourceRequest.Commit(directory, revision),
          in.stringOrNull("branch"),
          texts(in.object("parameters")),
          texts(in.object("environment")),
          in.strings("stages"),
          in.strings("secrets"),
          new RunOptions(
              Words.read(CapsPolicy.class, in.string("capsPolicy")),
              in.intValue("parallel"),
              Duration.ofMillis(in.longValue("graceMs")),
              in.longValue("outputLimitBytes"),
              Words.read(Execution.class, in.string("execution")),
              isolation(in.stringOrNull("isolation")),
              runtime(in.stringOrNull("runtime")),
              new Permissions(
                  Words.read(Permissions.HostNetwork.class, in.string("hostNetwork")),
                  nesting(in.stringOrNull("nesting")),
                  in.strings("allowedPaths").stream().map(Path::of).toList(),
                  chroots(in.stringOrNull("chroots")))));
    } catch (JsonException | IllegalArgumentException e) {
      throw new EngineException(
          ErrorCode.JOURNAL_CORRUPT,
          "cannot read the request '%s': %s. It may be of another version of Stepbox."
              .formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      throw DiskFailures.of("read the request", file, e);
    }
  }

  /** Older requests do not say it. */
  private static Permissions.Nesting nesting(@Nullable String word) {
    return word == null ? Permissions.Nesting.REFUSED : Words.read(Permissions.Nesting.class, word);
  }

  private static @Nullable Isolation isolation(@Nullable String word) {
    return word == null ? null : Words.read(Isolation.class, word);
  }

  /** Builds of earlier versions do not say it. */
  private static ChrootPolicy chroots(@Nullable String word) {
    return word == null ? ChrootPolicy.REFUSE : Words.read(ChrootPolicy.class, word);
  }

  private static @Nullable ContainerRuntime runtime(@Nullable String word) {
    return word == null ? null : Words.read(ContainerRuntime.class, word);
  }

  private static SequencedMap<String, String> texts(JsonObject in) {
    var texts = new LinkedHashMap<String, String>();
    for (String name : in.names()) {
      texts.put(name, in.string(name));
    }
    return texts;
  }
}
