package dev.stepbox.agent.worker.output;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/**
 * Finds many byte patterns at once, in time that depends on the length of the text alone (Aho and
 * Corasick's automaton). A state stands for the longest end of the text so far that begins a
 * pattern. Where no pattern has begun, {@link #skip} looks only at every third byte or so (Wu and
 * Manber's shifts over pairs of bytes). Immutable, for any thread.
 */
final class PatternMatcher {
  /** Patterns are at least this long; the shifts rely on it. */
  static final int MIN_LENGTH = 4;

  static final int ROOT = 0;

  private static final int PAIRS = 1 << 16;
  private static final int SHIFT_MAX = MIN_LENGTH - 1;

  private final int[] rootChild = new int[256];
  private int[] firstChild = new int[64];
  private int[] sibling = new int[64];
  private byte[] label = new byte[64];
  private int[] failure = new int[64];
  private int[] depth = new int[64];
  private int[] matchLength = new int[64];
  private int size = 1;
  private final byte[] shift = new byte[PAIRS];
  private final long[] beginnings = new long[PAIRS / Long.SIZE];

  private PatternMatcher() {
    Arrays.fill(shift, (byte) SHIFT_MAX);
  }

  /** An automaton for these patterns, each at least {@value #MIN_LENGTH} bytes. */
  static PatternMatcher of(List<byte[]> patterns) {
    var matcher = new PatternMatcher();
    patterns.forEach(matcher::insert);
    matcher.linkFailures();
    return matcher;
  }

  boolean isEmpty() {
    return size == 1;
  }

  private void insert(byte[] pattern) {
    if (pattern.length < MIN_LENGTH) {
      throw new IllegalArgumentException("a pattern of %d bytes".formatted(pattern.length));
    }
    for (int at = 0; at < SHIFT_MAX; at++) {
      int pair = pair(pattern, at);
      shift[pair] = (byte) Math.min(shift[pair], SHIFT_MAX - 1 - at);
    }
    int beginning = pair(pattern, 0);
    beginnings[beginning >> 6] |= 1L << beginning;
    int node = ROOT;
    for (byte b : pattern) {
      int child = child(node, b);
      node = child == ROOT ? addChild(node, b) : child;
    }
    matchLength[node] = pattern.length;
  }

  private int addChild(int node, byte b) {
    if (size == label.length) {
      grow();
    }
    int child = size++;
    label[child] = b;
    depth[child] = depth[node] + 1;
    if (node == ROOT) {
      rootChild[b & 0xff] = child;
    } else {
      sibling[child] = firstChild[node];
      firstChild[node] = child;
    }
    return child;
  }

  private void grow() {
    int length = size * 2;
    firstChild = Arrays.copyOf(firstChild, length);
    sibling = Arrays.copyOf(sibling, length);
    label = Arrays.copyOf(label, length);
    failure = Arrays.copyOf(failure, length);
    depth = Arrays.copyOf(depth, length);
    matchLength = Arrays.copyOf(matchLength, length);
  }

  /** Parents come before their children, so what a failure leads to is complete when it is used. */
  private void linkFailures() {
    var open = new ArrayDeque<Integer>();
    for (int child : rootChild) {
      if (child != ROOT) {
        open.add(child);
      }
    }
    while (!open.isEmpty()) {
      int node = open.remove();
      matchLength[node] = Math.max(matchLength[node], matchLength[failure[node]]);
      for (int child = firstChild[node]; child != ROOT; child = sibling[child]) {
        failure[child] = next(failure[node], label[child]);
        open.add(child);
      }
    }
  }

  private int child(int node, byte b) {
    if (node == ROOT) {
      return rootChild[b & 0xff];
    }
    int child = firstChild[node];
    while (child != ROOT && label[child] != b) {
      child = sibling[child];
    }
    return child;
  }

  /** The state after one more byte. */
  int next(int node, byte b) {
    int from = node;
    while (true) {
      int child = child(from, b);
      if (child != ROOT || from == ROOT) {
        return child;
      }
      from = failure[from];
    }
  }

  /** How many bytes at the end of the text may be the beginning of a pattern. */
  int depth(int node) {
    return depth[node];
  }

  /** Length of the longest pattern that ends here; 0 for none. */
  int matchLength(int node) {
    return matchLength[node];
  }

  /**
   * The first index from {@code from} on where a pattern may begin, for a text whose state is
   * {@link #ROOT} before {@code from}; {@code to} when nothing is left.
   */
  int skip(byte[] text, int from, int to) {
    int at = from;
    int last = to - MIN_LENGTH;
    while (at <= last) {
      int step = shift[pair(text, at + MIN_LENGTH - 2)];
      if (step == 0) {
        int pair = pair(text, at);
        if ((beginnings[pair >> 6] & (1L << pair)) != 0) {
          return at;
        }
        step = 1;
      }
      at += step;
    }
    return Math.min(at, to);
  }

  private static int pair(byte[] text, int at) {
    return (text[at] & 0xff) << 8 | (text[at + 1] & 0xff);
  }
}
