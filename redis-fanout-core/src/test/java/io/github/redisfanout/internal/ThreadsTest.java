package io.github.redisfanout.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ThreadsTest {
  private static final Duration LONGEST = Duration.ofSeconds(Long.MAX_VALUE);
  private static final BooleanSupplier NEVER = () -> false;

  private final AtomicInteger looks = new AtomicInteger();

  /** Holds when it is looked at for this time. */
  private BooleanSupplier holdsAtLook(int number) {
    return () -> looks.incrementAndGet() >= number;
  }

  @Test
  void conditionThatHoldsNeedsNoWaitAndIsNotAskedWhetherItIsOver() throws Exception {
    BooleanSupplier notAsked =
        () -> {
          throw new AssertionError("asked");
        };
    for (Duration limit : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1), LONGEST}) {
      assertThat(Threads.awaitCondition(() -> true, notAsked, limit)).isTrue();
    }
  }

  @Test
  void conditionIsAwaitedUntilItHolds() throws Exception {
    assertThat(Threads.awaitCondition(holdsAtLook(4), NEVER, LONGEST)).isTrue();
    assertThat(looks).hasValue(4);
  }

  @Test
  void limitOfZeroOrLessLooksOnceAndDoesNotWait() throws Exception {
    assertThat(Threads.awaitCondition(holdsAtLook(2), NEVER, Duration.ZERO)).isFalse();
    assertThat(looks).hasValue(1);
    assertThat(Threads.awaitCondition(holdsAtLook(3), NEVER, LONGEST.negated())).isFalse();
    assertThat(looks).hasValue(2);
  }

  @Test
  void waitEndsAtItsLimitAndNotBefore() throws Exception {
    Duration limit = Duration.ofMillis(50);
    long before = System.nanoTime();

    assertThat(Threads.awaitCondition(NEVER, NEVER, limit)).isFalse();

    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(limit.toNanos());
  }

  @Test
  void waitEndsWhenTheConditionCanNoLongerHold() throws Exception {
    assertThat(Threads.awaitCondition(NEVER, holdsAtLook(3), LONGEST)).isFalse();
    assertThat(looks).hasValue(3);
  }

  @Test
  void interruptEndsTheWait() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> Threads.awaitCondition(NEVER, NEVER, LONGEST))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }
}
