package io.github.redisfanout.benchmarks.soak.books;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** The messages of one publisher that are not yet judged, by number. Not thread-safe. */
final class Window {
  private @Nullable Message[] ring = new Message[1 << 10];
  private long first;
  private long next;

  /** The number that the message added next must have. */
  long next() {
    return next;
  }

  void add(Message message) {
    if (next - first == ring.length) {
      @Nullable Message[] larger = new Message[ring.length * 2];
      for (long number = first; number < next; number++) {
        larger[(int) number & (larger.length - 1)] = ring[index(number)];
      }
      ring = larger;
    }
    ring[index(next++)] = message;
  }

  /** Null if there is none, or none any more. */
  @Nullable Message find(long number) {
    return number < first || number >= next ? null : ring[index(number)];
  }

  @Nullable Message first() {
    return find(first);
  }

  void removeFirst() {
    requireNonNull(first());
    ring[index(first++)] = null;
  }

  private int index(long number) {
    return (int) number & (ring.length - 1);
  }
}
