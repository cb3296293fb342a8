package dev.stepbox.soak;

import java.io.IOException;
import java.nio.file.Path;

/** A look at a build that runs. */
record Look(Vitals engine, long heapKib, Vitals supervisor) {

  static Look at(Running build, Path java, Person user) throws IOException, InterruptedException {
    return new Look(
        Vitals.of(build.engine()),
        Vitals.liveHeapKib(java, user, build.engine()),
        Vitals.of(build.supervisor()));
  }
}
