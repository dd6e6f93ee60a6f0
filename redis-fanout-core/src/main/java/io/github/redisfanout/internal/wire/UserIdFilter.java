package io.github.redisfanout.internal.wire;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Says of most user ids that they have no session on this node, by their hash alone.
 *
 * <p>An id whose hash it does not contain has no session here; for one whose hash it contains, the
 * registry has to be asked. So a reader makes no text of ids that concern nobody on this node.
 * Thread-safe; reading takes no lock.
 */
public final class UserIdFilter {
  /** Contains every id. */
  public static final UserIdFilter ALL = new UserIdFilter(new byte[] {1});

  private static final int MIN_SLOTS = 1 << 10;
  private static final int MAX_SLOTS = 1 << 28;
  private static final int SLOTS_PER_USER = 8;

  /**
   * How many ids fall into each slot; a slot that has reached the maximum stays there. Assigned
   * again after each change, so that readers see it.
   */
  private volatile byte[] slots;

  @GuardedBy("this")
  private int users;

  public UserIdFilter() {
    this(new byte[MIN_SLOTS]);
  }

  private UserIdFilter(byte[] slots) {
    this.slots = slots;
  }

  /** The hash of an id, from its UTF-8 in words of eight bytes, the last one filled with zeros. */
  public static int hash(String userId) {
    byte[] utf8 = userId.getBytes(StandardCharsets.UTF_8);
    int words = utf8.length / Long.BYTES + 1;
    ByteBuffer padded =
        ByteBuffer.wrap(Arrays.copyOf(utf8, words * Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    long hash = 0;
    while (padded.hasRemaining()) {
      hash = hash(hash, padded.getLong());
    }
    return (int) hash;
  }

  /** The hash of one more word; the lower half of the last one is the id's. */
  static long hash(long before, long word) {
    long product = (before ^ word) * 0x9E37_79B9_7F4A_7C15L;
    return product ^ (product >>> Integer.SIZE);
  }

  boolean mayContain(int hash) {
    byte[] current = slots;
    return current[hash & (current.length - 1)] != 0;
  }

  public synchronized void add(int hash) {
    users++;
    byte[] current = slots;
    change(current, hash, 1);
    slots = current;
  }

  public synchronized void remove(int hash) {
    users--;
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

  /** Whether too many ids fall into each slot, so that it should be {@linkplain #grow larger}. */
  public synchronized boolean isCrowded() {
    return (long) users * SLOTS_PER_USER > slots.length && slots.length < MAX_SLOTS;
  }

  /** Makes it larger; these are the hashes of all ids, which must not change meanwhile. */
  public synchronized void grow(IntStream hashes) {
    byte[] larger = new byte[slots.length * 4];
    hashes.forEach(hash -> change(larger, hash, 1));
    slots = larger;
  }
}
