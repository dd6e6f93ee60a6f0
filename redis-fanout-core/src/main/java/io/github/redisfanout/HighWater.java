package io.github.redisfanout;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The highest value of the last one to two minutes; zero if none was noted. Thread-safe. Its owner
 * calls {@link #turn} once a minute.
 */
final class HighWater {
  private final AtomicLong thisMinute = new AtomicLong();
  private volatile long lastMinute;

  void note(long value) {
    if (value > thisMinute.get()) { // seldom, and reading is cheap
      thisMinute.accumulateAndGet(value, Math::max);
    }
  }

  void turn() {
    lastMinute = thisMinute.getAndSet(0);
  }

  long value() {
    return Math.max(thisMinute.get(), lastMinute);
  }
}
