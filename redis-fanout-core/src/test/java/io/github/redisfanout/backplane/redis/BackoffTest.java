package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final int SAMPLES = 2_000;

  @Test
  void pausesAreAnythingUpToACapThatDoublesUpToTheLongest() {
    assertCapsMillis(new int[] {50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}, 50, 5000);
    assertCapsMillis(new int[] {100, 200, 400, 400}, 100, 400);
    assertCapsMillis(new int[] {100, 150, 150}, 100, 150);
    assertCapsMillis(new int[] {70, 70, 70}, 70, 70);
  }

  private static void assertCapsMillis(int[] caps, int min, int max) {
    long[] shortest = new long[caps.length];
    long[] longest = new long[caps.length];
    for (int sample = 0; sample < SAMPLES; sample++) {
      Backoff backoff = new Backoff(Duration.ofMillis(min), Duration.ofMillis(max));
      for (int i = 0; i < caps.length; i++) {
        long pause = backoff.nextNanos();
        shortest[i] = sample == 0 ? pause : Math.min(shortest[i], pause);
        longest[i] = Math.max(longest[i], pause);
      }
    }
    for (int i = 0; i < caps.length; i++) {
      long cap = Duration.ofMillis(caps[i]).toNanos();
      // That 2,000 pauses all miss a tenth of the span has a probability below 1e-91.
      assertThat(shortest[i]).as("shortest pause %s", i).isBetween(0L, cap / 10);
      assertThat(longest[i]).as("longest pause %s", i).isBetween(cap / 10 * 9, cap);
    }
  }

  @Test
  void resetBeginsAgainWithTheShortest() {
    Backoff backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(5));
    for (int sample = 0; sample < SAMPLES; sample++) {
      for (int failures = 0; failures < 8; failures++) {
        backoff.nextNanos();
      }
      backoff.reset();
      assertThat(backoff.nextNanos()).isLessThanOrEqualTo(Duration.ofMillis(50).toNanos());
    }
  }

  @Test
  void longestDurationsOfTheConfigDoNotOverflow() {
    Duration longest = Duration.ofMillis(Integer.MAX_VALUE);
    Backoff backoff = new Backoff(Duration.ofMillis(1), longest);
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.nextNanos()).isBetween(0L, longest.toNanos());
    }
  }
}
