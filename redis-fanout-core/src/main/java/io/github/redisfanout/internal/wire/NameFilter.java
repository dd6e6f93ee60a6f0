package io.github.redisfanout.internal.wire;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Says of most user ids, or of most names of groups, that no session of this node has them, by
 * their hash alone.
 *
 * <p>A name whose hash it does not contain is nobody's here; for one whose hash it contains, the
 * sessions have to be looked at. So a reader makes no text of names that concern nobody on this
 * node. Thread-safe; reading takes no lock.
 */
public final class NameFilter {
  /** Contains every name. */
  public static final NameFilter ALL = new NameFilter(new byte[] {1});

  /** Few enough for one message, and enough to leave out nearly all names but the one. */
  private static final int SLOTS_FOR_ONE = 1 << 6;

  private static final int MIN_SLOTS = 1 << 10;
  private static final int MAX_SLOTS = 1 << 28;
  private static final int SLOTS_PER_NAME = 8;

  /**
   * How many names fall into each slot; a slot that has reached the maximum stays there. Assigned
   * again after each change, so that readers see it.
   */
  private volatile byte[] slots;

  @GuardedBy("this")
  private int names;

  public NameFilter() {
    this(new byte[MIN_SLOTS]);
  }

  private NameFilter(byte[] slots) {
    this.slots = slots;
  }

  /** Contains this name. */
  public static NameFilter of(String name) {
    NameFilter filter = new NameFilter(new byte[SLOTS_FOR_ONE]);
    filter.add(hash(name));
    return filter;
  }

  /** The hash of a name, from its UTF-8 in words of eight bytes, the last one filled with zeros. */
  public static int hash(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    int words = utf8.length / Long.BYTES + 1;
    ByteBuffer padded =
        ByteBuffer.wrap(Arrays.copyOf(utf8, words * Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    long hash = 0;
    while (padded.hasRemaining()) {
      hash = hash(hash, padded.getLong());
    }
    return (int) hash;
  }

  /** The hash of one more word; the lower half of the last one is the name's. */
  static long hash(long before, long word) {
    long product = (before ^ word) * 0x9E37_79B9_7F4A_7C15L;
    return product ^ (product >>> Integer.SIZE);
  }

  boolean mayContain(int hash) {
    byte[] current = slots;
    return current[hash & (current.length - 1)] != 0;
  }

  public synchronized void add(int hash) {
    names++;
    byte[] current = slots;
    change(current, hash, 1);
    slots = current;
  }

  public synchronized void remove(int hash) {
    names--;
    byte[] current = slots;
    change(current, hash, -1);
    slots = current;
  }

  private static void change(byte[] slots, int hash, int by) {
    int slot = hash & (slots.length - 1);
    if (slots[slot] < Byte.MAX_VALUE) {
      slots[slot] += (byte) by;
    }
  }

  /** Whether too many names fall into each slot, so that it should be {@linkplain #grow larger}. */
  public synchronized boolean isCrowded() {
    return (long) names * SLOTS_PER_NAME > slots.length && slots.length < MAX_SLOTS;
  }

  /** Makes it larger; these are the hashes of all names, which must not change meanwhile. */
  public synchronized void grow(IntStream hashes) {
    byte[] larger = new byte[slots.length * 4];
    hashes.forEach(hash -> change(larger, hash, 1));
    slots = larger;
  }
}
