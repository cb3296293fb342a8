package dev.stepbox.layercache;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What a store takes from the machine beside its directory.
 *
 * @param clock tells what was used last, and which lease is over
 * @param random makes ids that other processes do not make; of cryptographic quality
 * @param bootId differs after each start of the machine; on Linux the content of {@code
 *     /proc/sys/kernel/random/boot_id}
 * @param architecture of the machine, in the words of OCI images: {@code amd64}, {@code arm64}
 * @param pipes makes named pipes outside of the store
 */
public record Surroundings(
    InstantSource clock,
    RandomGenerator random,
    String bootId,
    String architecture,
    PipeMaker pipes) {
  public Surroundings {
    if (bootId.isBlank()) {
      throw new IllegalArgumentException("the boot id must not be blank");
    }
  }
}
