package io.github.redisfanout.it.checker;

import java.time.Instant;
import java.util.Arrays;

/**
 * One session of a slot, from its opening to its end. Thread-safe.
 *
 * <p>It must receive what is published after it was opened, until it has ended.
 */
public final class SessionRecord {
  final int slot;

  /** The last number received of each publisher, -1 for none; each is guarded by its stream. */
  final long[] last;

  private volatile Instant opened = Instant.MAX;
  private volatile Instant ended = Instant.MAX;

  SessionRecord(int slot, int publishers) {
    this.slot = slot;
    last = new long[publishers];
    Arrays.fill(last, -1);
  }

  /** Opening it has returned. */
  public void opened(Instant at) {
    opened = at;
  }

  /** It has ended, or is about to; only the first call counts. */
  public synchronized void ended(Instant at) {
    if (!isEnded()) {
      ended = at;
    }
  }

  public boolean isEnded() {
    return ended != Instant.MAX;
  }

  Instant openedAt() {
    return opened;
  }

  Instant endedAt() {
    return ended;
  }

  @Override
  public String toString() {
    return opened + "/" + (isEnded() ? ended : "") + " last " + Arrays.toString(last);
  }
}
