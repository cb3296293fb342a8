package dev.stepbox.pipeline.schema;

import dev.stepbox.pipeline.schema.Shape.Either;
import dev.stepbox.pipeline.schema.Shape.Flag;
import dev.stepbox.pipeline.schema.Shape.ListOf;
import dev.stepbox.pipeline.schema.Shape.Mapping;
import dev.stepbox.pipeline.schema.Shape.Repetition;
import dev.stepbox.pipeline.schema.Shape.Text;
import dev.stepbox.pipeline.schema.Shape.Whole;
import dev.stepbox.pipeline.schema.Shape.Word;
import java.util.List;
import java.util.Map;

/** Steps. */
final class StepWords {
  static final Shape STASH_NAME = new Text(TextRule.STASH);
  static final Shape PATTERNS =
      Lists.oneOrMore(TextRule.FILE_PATTERN, Limits.PATTERNS_MAX, "patterns");

  private static final String SOURCE = "write 'checkout: scm' for what the build is started for";

  private static final Word SCM =
      new Word(List.of("scm"), Map.of("git", SOURCE, "self", SOURCE, "true", SOURCE));

  static final Mapping SHELL =
      Mapping.builder("shell", "a script with its settings")
          .required("script", new Text(TextRule.SCRIPT), "The commands")
          .optional(
              "shell",
              new Word(List.of("sh", "bash")),
              "`sh`",
              "What runs a script without a `#!` line: `/bin/sh -e`, or `bash -e -o pipefail`")
          .optional("tty", new Flag(), "`false`", "Whether the step's output is a pseudo-terminal")
          .foreign("command", "'script'")
          .foreign("run", "'script'")
          .misplaced(
              "it belongs beside 'sh', not below it",
              "name",
              "image",
              "caps",
              "timeout",
              "environment",
              "cache",
              "network",
              "nesting")
          .example("sh: {script: make, shell: bash}")
          .build();

  static final Mapping REPOSITORY =
      Mapping.builder("checkout", "a repository")
          .required(
              "url",
              new Text(TextRule.URL),
              "What Git fetches from: an `https`, `http` or `file` address, or a path")
          .optional(
              "revision",
              new Text(TextRule.REVISION),
              "the repository's default branch",
              "Branch, tag or commit")
          .optional(
              "depth",
              new Whole(1, Limits.CHECKOUT_DEPTH_MAX),
              "all commits",
              "How many commits are fetched")
          .optional(
              "submodules", new Flag(), "`false`", "Whether submodules are checked out, theirs too")
          .planned("directory", "credentials", "lfs", "sparse")
          .foreign("branch", "'revision'")
          .foreign("tag", "'revision'")
          .foreign("commit", "'revision'")
          .foreign("ref", "'revision'")
          .foreign("repository", "'url'")
          .example("checkout: {url: ../library, revision: main}")
          .build();

  static final Mapping ARCHIVE =
      Mapping.builder("archive", "a selection of files")
          .required("includes", PATTERNS, "Patterns of the files to keep")
          .optional("excludes", PATTERNS, "none", "Patterns of files to leave out")
          .optional("allowEmpty", new Flag(), "`false`", "Whether it is fine that no file matches")
          .foreign("artifacts", "'includes'")
          .foreign("files", "'includes'")
          .foreign("paths", "'includes'")
          .foreign("allowEmptyArchive", "'allowEmpty'")
          .example("archive: {includes: [target/*.jar], excludes: [target/*-sources.jar]}")
          .build();

  static final Mapping STASH =
      Mapping.builder("stash", "a stash")
          .required("name", STASH_NAME, "The name for `unstash`")
          .optional("includes", PATTERNS, "`**`, every file", "Patterns of the files to keep")
          .optional("excludes", PATTERNS, "none", "Patterns of files to leave out")
          .optional("allowEmpty", new Flag(), "`false`", "Whether it is fine that no file matches")
          .foreign("files", "'includes'")
          .foreign("paths", "'includes'")
          .example("stash: {name: classes, includes: target/classes/**}")
          .build();

  static final Mapping STEP =
      Mapping.builder("step", "a step")
          .optional(
              "sh",
              new Either(List.of(new Text(TextRule.SCRIPT), SHELL)),
              "",
              "Run a script in a sandbox of its own")
          .optional(
              "checkout",
              new Either(List.of(SCM, REPOSITORY)),
              "",
              "Put a source tree into the workspace; `scm` is what the build was started for")
          .optional(
              "archive",
              new Either(
                  List.of(
                      new Text(TextRule.FILE_PATTERN),
                      Lists.of(TextRule.FILE_PATTERN, Limits.PATTERNS_MAX, "patterns"),
                      ARCHIVE)),
              "",
              "Keep files of the workspace with the build")
          .optional(
              "stash",
              new Either(List.of(STASH_NAME, STASH)),
              "",
              "Keep files of the workspace for other stages of this build")
          .optional("unstash", STASH_NAME, "", "Bring the files of a stash into the workspace")
          .optional(
              "name",
              new Text(TextRule.NAME),
              "the first line of the script",
              "What people read in lists")
          .optional(
              "image", SettingWords.IMAGE, "that of the stage", "Root file system of this step")
          .optional("caps", SettingWords.CAPS, "those of the stage", "Resource limits of this step")
          .optional(
              "timeout",
              SettingWords.DURATION,
              "none",
              "How long the step may take until it is killed")
          .optional("environment", SettingWords.ENVIRONMENT, "none", "More variables for this step")
          .optional(
              "cache",
              Lists.oneOrMore(TextRule.CACHE_PATH, Limits.CACHES_MAX, "directories"),
              "none",
              "Directories that are kept between builds")
          .optional(
              "network",
              new Word(List.of("none", "build", "host")),
              "`build`",
              "What the step reaches: nothing, the build's own network, or the machine's")
          .optional(
              "nesting",
              new Flag(),
              "`false`",
              "Whether the step may make containers itself, as Podman, Buildah and Stepbox do;"
                  + " needs `--allow-nesting`")
          .exactlyOne("sh", "checkout", "archive", "stash", "unstash")
          .requires("image", "sh")
          .requires("caps", "sh")
          .requires("timeout", "sh")
          .requires("environment", "sh")
          .requires("cache", "sh")
          .requires("network", "sh")
          .requires("nesting", "sh")
          .planned(
              "junit", "credentials", "retry", "input", "docker", "services", "outputs", "setuid")
          .misplaced(
              "it belongs to the stage, beside its 'steps'",
              "isolation",
              "when",
              "needs",
              "post",
              "matrix",
              "parallel")
          .foreign("run", "'sh'")
          .foreign("script", "'sh'")
          .foreign("bash", "'sh: {script: …, shell: bash}'")
          .foreign("command", "'sh'")
          .foreign("commands", "'sh'")
          .foreign("bat", "'sh'")
          .foreign("shell", "'sh: {script: …, shell: …}'")
          .foreign("label", "'name'")
          .foreign("env", "'environment'")
          .foreign("archiveArtifacts", "'archive'")
          .foreign("artifacts", "'archive'")
          .foreign("git", "'checkout: {url: …}'")
          .foreign("uses", "'checkout: scm' for the source, 'sh' for the rest")
          .foreign("if", "'when: {expression: …}' at the stage")
          .foreign("echo", "'sh: echo …'")
          .foreign("working-directory", "'cd DIRECTORY' as the first line of the script")
          .foreign("dir", "'cd DIRECTORY' as the first line of the script")
          .foreign("continue-on-error", "'|| true' after the command that may fail")
          .foreign("secrets", SettingWords.SECRETS)
          .foreign("timeoutSeconds", "'timeout'")
          .example("- sh: make")
          .build();

  static final Shape STEPS = new ListOf(STEP, 1, Limits.STEPS_MAX, Repetition.ALLOWED, "steps");

  private StepWords() {}
}
