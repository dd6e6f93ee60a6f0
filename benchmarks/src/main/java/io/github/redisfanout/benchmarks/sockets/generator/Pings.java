package io.github.redisfanout.benchmarks.sockets.generator;

/** How punctually one client is pinged; times as {@code System.nanoTime()}. Not thread-safe. */
final class Pings {
  private long last;
  private long count;
  private long longest;

  /**
   * @param now from when on it waits for one
   */
  Pings(long now) {
    last = now;
  }

  void arrived(long now) {
    count++;
    longest = longestUntil(now);
    last = now;
  }

  /** Forgets how it was; the ping before this moment still counts as the start of a wait. */
  void startCounting() {
    count = 0;
    longest = 0;
  }

  long count() {
    return count;
  }

  /** The longest wait for a ping, the one that goes on included. */
  long longestUntil(long now) {
    return Math.max(longest, now - last);
  }
}
