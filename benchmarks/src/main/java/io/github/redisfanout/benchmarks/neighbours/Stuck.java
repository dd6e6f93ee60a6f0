package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.benchmarks.containers.TcpTable.Socket;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** What became of one bad client; times as {@code System.nanoTime()}. Not thread-safe. */
final class Stuck {
  private static final double NANOS = 1e9;

  private long unsent;
  private long grown; // when its socket last took a byte
  private long grownBefore; // and when it did so before that
  private long unregistered;
  private long freed;

  /**
   * Takes a look at its socket.
   *
   * @param socket null: it is gone
   */
  void look(@Nullable Socket socket, long now) {
    if (freed != 0) {
      return;
    }
    if (socket == null || !socket.owned()) {
      freed = now;
    } else if (grown == 0 || (unregistered == 0 && socket.unsent() > unsent)) {
      unsent = socket.unsent();
      grownBefore = grown;
      grown = now;
    }
  }

  /** What the socket took since then was the close. */
  void unregistered(long when) {
    unregistered = when;
    if (grown > when && grownBefore != 0) {
      grown = grownBefore;
    }
  }

  boolean isFreed() {
    return freed != 0;
  }

  boolean isUnregistered() {
    return unregistered != 0;
  }

  OptionalDouble secondsUntilUnregistered() {
    return secondsUntil(unregistered);
  }

  OptionalDouble secondsUntilFreed() {
    return secondsUntil(freed);
  }

  private OptionalDouble secondsUntil(long when) {
    return when == 0 ? OptionalDouble.empty() : OptionalDouble.of((when - grown) / NANOS);
  }

  double secondsSince(long now) {
    return (now - grown) / NANOS;
  }
}
