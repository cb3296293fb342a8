package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Changes good inputs at random and gives them to a target, which must take or refuse them in an
 * orderly way. The inputs that once did harm are kept as text in a resource and run first. {@code
 * -Dstepbox.fuzz.seconds=N} makes it run for a time, {@code -Dstepbox.fuzz.seed=N} repeats a run.
 */
public final class MutationFuzz {
  private static final int SECONDS = Integer.getInteger("stepbox.fuzz.seconds", 0);
  private static final long SEED = Long.getLong("stepbox.fuzz.seed", 20261123L);
  private static final int MUTATIONS_MAX = 6;
  private static final byte[] TELLING = {0, 1, -1, 127, -128, '0', '7', '/', '.', ' ', '\n', '='};

  private final Random random = new Random(SEED);
  private final List<byte[]> seeds;
  private final UnaryOperator<byte[]> repair;

  /** Takes an input; throws only for inputs that do harm. */
  public interface Target {
    void take(byte[] input) throws Exception;
  }

  /**
   * Prepares a run.
   *
   * @param seeds good inputs
   * @param repair mends checksums and the like after a mutation, so that it is not refused early
   */
  public MutationFuzz(List<byte[]> seeds, UnaryOperator<byte[]> repair) {
    this.seeds = List.copyOf(seeds);
    this.repair = repair;
  }

  /**
   * Runs the kept inputs, the seeds, and as many mutants, or more where time is left.
   *
   * @param corpus resource with one input in base 64 on each line; lines with {@code #} are remarks
   */
  public void run(String corpus, int mutants, Target target) throws IOException {
    for (byte[] kept : kept(corpus)) {
      give(kept, target);
    }
    for (byte[] seed : seeds) {
      give(seed, target);
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    for (int count = 0; count < mutants || System.nanoTime() < deadline; count++) {
      give(mutant(), target);
    }
  }

  private static void give(byte[] input, Target target) {
    try {
      target.take(input);
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError(
          "seed %d, keep this line in the corpus:%n%s"
              .formatted(SEED, Base64.getEncoder().encodeToString(input)),
          e);
    }
  }

  private static List<byte[]> kept(String corpus) throws IOException {
    try (InputStream in = MutationFuzz.class.getResourceAsStream(corpus)) {
      if (in == null) {
        throw new IOException("no corpus " + corpus);
      }
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> Base64.getDecoder().decode(line))
          .toList();
    }
  }

  private byte[] mutant() {
    byte[] input = seeds.get(random.nextInt(seeds.size()));
    int mutations = 1 + random.nextInt(MUTATIONS_MAX);
    for (int count = 0; count < mutations; count++) {
      input = mutate(input);
    }
    return random.nextInt(8) == 0 ? input : repair.apply(input);
  }

  private byte[] mutate(byte[] input) {
    if (input.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    byte[] changed = input.clone();
    int at = random.nextInt(changed.length);
    return switch (random.nextInt(7)) {
      case 0 -> {
        changed[at] ^= (byte) (1 << random.nextInt(8));
        yield changed;
      }
      case 1 -> {
        changed[at] = TELLING[random.nextInt(TELLING.length)];
        yield changed;
      }
      case 2 -> {
        int length = Math.min(1 + random.nextInt(12), changed.length - at);
        Arrays.fill(changed, at, at + length, TELLING[random.nextInt(TELLING.length)]);
        yield changed;
      }
      case 3 -> Arrays.copyOf(changed, at);
      case 4 -> without(changed, at, 1 + random.nextInt(600));
      case 5 -> {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        yield joined(Arrays.copyOf(changed, at), other);
      }
      default -> {
        int end = at + Math.min(1 + random.nextInt(1024), changed.length - at);
        yield joined(Arrays.copyOf(changed, end), Arrays.copyOfRange(changed, at, changed.length));
      }
    };
  }

  private static byte[] without(byte[] input, int at, int length) {
    int end = Math.min(at + length, input.length);
    return joined(Arrays.copyOf(input, at), Arrays.copyOfRange(input, end, input.length));
  }

  private static byte[] joined(byte[] first, byte[] second) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(first);
    out.writeBytes(second);
    return out.toByteArray();
  }
}
