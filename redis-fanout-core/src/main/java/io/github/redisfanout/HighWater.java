package io.github.redisfanout;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The highest value of the last one to two minutes, zero when nothing was noted. Thread-safe.
 *
 * <p>Its owner calls {@link #turn} once a minute, so that a peak is seen by whoever looks once a
 * minute, and is over one day.
 */
final class HighWater {
  private final AtomicLong thisMinute = new AtomicLong();
  private volatile long lastMinute;

  void note(long value) {
    if (value > thisMinute.get()) { // mostly it is not, and reading costs nearly nothing
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
