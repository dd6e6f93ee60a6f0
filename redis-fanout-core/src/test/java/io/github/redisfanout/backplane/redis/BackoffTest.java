package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final int SAMPLES = 2_000;
  private static final int[] CAPS_MILLIS = {50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};

  @Test
  void pausesAreAnythingUpToACapThatDoublesUpToTheLongest() {
    long[] shortest = new long[CAPS_MILLIS.length];
    long[] longest = new long[CAPS_MILLIS.length];
    for (int sample = 0; sample < SAMPLES; sample++) {
      Backoff backoff = new Backoff();
      for (int i = 0; i < CAPS_MILLIS.length; i++) {
        long pause = backoff.nextNanos();
        shortest[i] = sample == 0 ? pause : Math.min(shortest[i], pause);
        longest[i] = Math.max(longest[i], pause);
      }
    }
    for (int i = 0; i < CAPS_MILLIS.length; i++) {
      long cap = Duration.ofMillis(CAPS_MILLIS[i]).toNanos();
      // That 2,000 pauses all miss a tenth of the span has a probability below 1e-91.
      assertThat(shortest[i]).as("shortest pause %s", i).isBetween(0L, cap / 10);
      assertThat(longest[i]).as("longest pause %s", i).isBetween(cap / 10 * 9, cap);
    }
  }

  @Test
  void resetBeginsAgainWithTheShortest() {
    Backoff backoff = new Backoff();
    for (int sample = 0; sample < SAMPLES; sample++) {
      for (int failures = 0; failures < 8; failures++) {
        backoff.nextNanos();
      }
      backoff.reset();
      assertThat(backoff.nextNanos()).isLessThanOrEqualTo(Duration.ofMillis(50).toNanos());
    }
  }
}
