package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.worker.WorkerConfig;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.StepUser;
import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageConfig;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Lease;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** The images of a build, each looked up once, and held. Safe for use by several threads. */
final class Images {
  /** How often the image of this machine is made again when another process reclaims it at once. */
  private static final int TRIES = 3;

  private final WorkerConfig config;
  private final LeaseOfBuild lease;
  private final ReentrantLock lookUp = new ReentrantLock();
  private final Map<RootImage, Image> images = new ConcurrentHashMap<>();
  private final Map<Digest, ImageProfile> profiles = new ConcurrentHashMap<>();

  /** What the build holds. */
  interface LeaseOfBuild {
    Lease get() throws InterruptedException;
  }

  Images(WorkerConfig config, LeaseOfBuild lease) {
    this.config = config;
    this.lease = lease;
  }

  /** One image for all stages, also when several ask at the same time for the first time. */
  Image of(RootImage wanted) throws InterruptedException {
    Image known = images.get(wanted);
    if (known != null) {
      return known;
    }
    lookUp.lockInterruptibly();
    try {
      known = images.get(wanted);
      if (known == null) {
        known =
            switch (wanted) {
              case RootImage.Host _ -> hostImage();
              case RootImage.Stored stored -> held(byDigest(stored.digest()));
            };
        images.put(wanted, known);
      }
      return known;
    } finally {
      lookUp.unlock();
    }
  }

  /** Between its making and its holding another process may reclaim it. */
  private Image hostImage() throws InterruptedException {
    for (int left = TRIES; ; left--) {
      Image made = config.cache().images().ensure(config.hostImage().hiding(config.home()));
      try {
        return held(made);
      } catch (LayerCacheException e) {
        boolean isGone = e.code() == Code.LAYER_UNKNOWN || e.code() == Code.IMAGE_UNKNOWN;
        if (!isGone || left == 1) {
          throw e;
        }
      }
    }
  }

  private Image held(Image image) throws InterruptedException {
    lease.get().hold(image);
    return image;
  }

  Image byDigest(String digest) {
    return config.cache().images().byId(Digest.parse(digest));
  }

  ImageProfile profile(Image image, Overlays overlays, BuildSandbox sandbox)
      throws InterruptedException {
    ImageProfile known = profiles.get(image.id());
    if (known == null) {
      known = read(image, overlays, sandbox);
      profiles.put(image.id(), known);
    }
    return known;
  }

  private ImageProfile read(Image image, Overlays overlays, BuildSandbox sandbox)
      throws InterruptedException {
    ImageConfig said = image.config();
    StepUser user = StepUser.ROOT;
    String home = ImageProfile.ROOT_HOME;
    if (!said.user().isEmpty() && !said.user().equals("0") && !said.user().equals("root")) {
      var layers = overlays.layers(config.cache().rootPlan(image, List.of(), null).root());
      var view = new WorkspaceView(sandbox.trees(), layers);
      UserDatabase.Account account = UserDatabase.of(view).find(said.user());
      user = account.user();
      home = Objects.requireNonNullElse(account.home(), "/");
    }
    String saidHome = said.environment().get("HOME");
    return new ImageProfile(
        new LinkedHashMap<>(said.environment()), user, saidHome == null ? home : saidHome);
  }
}
