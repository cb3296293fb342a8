package dev.stepbox.engine.run;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.Permissions.HostNetwork;
import dev.stepbox.engine.Permissions.Nesting;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.plan.Wish;
import dev.stepbox.engine.scm.Reach;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.NetworkMode;
import dev.stepbox.pipeline.model.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a plan asks for beyond what the operator allows. */
final class Wishes {

  private static final String HOST_NETWORK = "--allow-host-network";
  private static final String NESTING = "--allow-nesting";
  private static final String PATH = "--allow-path ";

  private final Permissions permissions;
  private final Reach reach;
  private final List<Wish> refused = new ArrayList<>();
  private final Set<Object> looked = new LinkedHashSet<>();

  private Wishes(Permissions permissions, Reach reach) {
    this.permissions = permissions;
    this.reach = reach;
  }

  /** What is refused; a file that several steps name is told once. */
  static List<Wish> refused(BuildPlan plan, Path directory, Permissions permissions) {
    var wishes = new Wishes(permissions, Reach.of(directory, permissions.paths()));
    for (PlannedStage stage : plan.byName().sequencedValues()) {
      if (stage.runs()) {
        wishes.image(stage.name(), stage.range(), stage.image());
        stage.steps().forEach(wishes::step);
      }
    }
    return List.copyOf(wishes.refused);
  }

  static void requireNone(List<Wish> refused) {
    if (!refused.isEmpty()) {
      throw new EngineException(
          ErrorCode.NOT_ALLOWED,
          refused.stream()
              .map(wish -> "\n  " + wish)
              .collect(
                  Collectors.joining(
                      "",
                      "cannot start the build: its pipeline asks for what nobody has allowed:",
                      "\nRead the pipeline before you allow it.")));
    }
  }

  private void step(PlannedStep step) {
    String who = step.key().toString();
    SourceRange place = step.step().definition().range();
    switch (step.step().definition()) {
      case Step.Shell shell -> {
        image(who, place, step.step().image());
        if (shell.network() == NetworkMode.HOST
            && permissions.hostNetwork() == HostNetwork.REFUSED) {
          refused.add(
              new Wish(who, place, "the network of this machine ('network: host')", HOST_NETWORK));
        }
        if (shell.nesting() == Step.Nesting.ALLOWED && permissions.nesting() == Nesting.REFUSED) {
          refused.add(
              new Wish(who, place, "namespaces of its own making ('nesting: true')", NESTING));
        }
      }
      case Step.Checkout checkout -> checkout(who, place, checkout.source());
      case Step.Archive _, Step.Stash _, Step.Unstash _ -> {}
    }
  }

  private void image(String who, @Nullable SourceRange place, ImageRef image) {
    switch (image) {
      case ImageRef.Host _, ImageRef.Named _ -> {}
      case ImageRef.OciLayout oci -> image(who, place, image, oci.path());
      case ImageRef.DockerArchive archive -> image(who, place, image, archive.path());
      case ImageRef.RootfsTarball tarball -> image(who, place, image, tarball.path());
    }
  }

  private void image(String who, @Nullable SourceRange place, ImageRef image, String path) {
    if (looked.add(image) && !reach.includesImage(path)) {
      refuse(who, place, "image '%s'".formatted(image), path);
    }
  }

  private void checkout(String who, SourceRange place, CheckoutSource source) {
    switch (source) {
      case CheckoutSource.Scm _ -> {}
      case CheckoutSource.Repository repository -> {
        if (looked.add(repository) && !reach.includesRepository(repository)) {
          String url = repository.url();
          refuse(who, place, "repository '%s'".formatted(url), url.replaceFirst("^file:/+", "/"));
        }
      }
    }
  }

  private void refuse(String who, @Nullable SourceRange place, String what, String path) {
    refused.add(
        new Wish(
            who,
            place,
            what + ", which is not in its own directory or repository",
            PATH + reach.remedy(path)));
  }
}
