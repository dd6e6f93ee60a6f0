package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  // Close to the end of its range, which a clock of this kind may be.
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);

  private TokenBucket bucket(int perSecond, int burst) {
    return new TokenBucket(perSecond, burst, nanos::get);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static int takeAll(TokenBucket bucket) {
    int taken = 0;
    while (taken < 1_000 && bucket.tryTake()) {
      taken++;
    }
    return taken;
  }

  @Test
  void asManyAtOnceAsTheBurstSays() {
    assertThat(takeAll(bucket(10, 3))).isEqualTo(3);
  }

  @Test
  void oneComesBackAfterItsShareOfASecond() {
    TokenBucket bucket = bucket(10, 3);
    takeAll(bucket);

    pass(Duration.ofMillis(100).minusNanos(1));
    assertThat(bucket.tryTake()).isFalse();
    pass(Duration.ofNanos(1));
    assertThat(bucket.tryTake()).isTrue();
    assertThat(bucket.tryTake()).isFalse();
  }

  @Test
  void partsOfOneAreKept() {
    TokenBucket bucket = bucket(10, 3);
    takeAll(bucket);

    pass(Duration.ofMillis(150));
    assertThat(takeAll(bucket)).isOne();
    pass(Duration.ofMillis(50));
    assertThat(takeAll(bucket)).isOne();
  }

  @Test
  void aLongPauseFillsItToTheBurstAndNoFurther() {
    TokenBucket bucket = bucket(10, 3);
    takeAll(bucket);

    pass(Duration.ofDays(365));

    assertThat(takeAll(bucket)).isEqualTo(3);
  }

  @Test
  void theLargestLimitsDoNotOverflow() {
    TokenBucket bucket = bucket(1, Integer.MAX_VALUE);

    assertThat(takeAll(bucket)).isEqualTo(1_000);
    assertThat(takeAll(bucket(Integer.MAX_VALUE, 1))).isOne();
  }
}
