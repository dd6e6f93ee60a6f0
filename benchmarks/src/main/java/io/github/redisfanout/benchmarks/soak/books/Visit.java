package io.github.redisfanout.benchmarks.soak.books;

import java.time.Instant;
import java.util.Arrays;

/**
 * One session of a seat, from its opening to its end.
 *
 * <p>It must receive what is published after it was open, until it has ended; what it received last
 * says how far it came. Thread-safe.
 */
public final class Visit {
  final int seat;

  /** The last number of each publisher, -1 for none; each is guarded by that publisher's books. */
  final long[] last;

  private volatile long opened = Moments.NEVER;
  private volatile long ended = Moments.NEVER;

  Visit(int seat, int publishers) {
    this.seat = seat;
    last = new long[publishers];
    Arrays.fill(last, -1);
  }

  /** Opening it has returned. */
  public void opened(Instant at) {
    opened = Moments.nanos(at);
  }

  /** It has ended, or will at once; only the first call counts. */
  public synchronized void ended(Instant at) {
    if (ended == Moments.NEVER) {
      ended = Moments.nanos(at);
    }
  }

  public boolean isEnded() {
    return ended != Moments.NEVER;
  }

  long openedAt() {
    return opened;
  }

  long endedAt() {
    return ended;
  }

  @Override
  public String toString() {
    return Moments.text(opened) + "/" + Moments.text(ended) + " last " + Arrays.toString(last);
  }
}
