package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishOutcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A publish that is cancelled, written and expired at the same moment. */
@Timeout(120)
class PublishRaceTest {
  private static final int ROUNDS = 2_000;

  private final FakeBackplane backplane = new FakeBackplane();
  private final Publisher publisher = backplane.publisher(Runnable::run);
  private final Race race = new Race();

  @AfterEach
  void close() {
    race.close();
  }

  private PublishCallback last() {
    return backplane.callbacks.get(backplane.callbacks.size() - 1);
  }

  @Test
  void messageIsEitherTakenBackOrWritten() throws Exception {
    int takenBack = 0;
    for (int round = 0; round < ROUNDS; round++) {
      CompletableFuture<Receipt> future = publisher.publish(List.of("alice"), round);
      PublishCallback callback = last();
      AtomicBoolean written = new AtomicBoolean();
      AtomicBoolean cancelled = new AtomicBoolean();
      AtomicInteger ends = new AtomicInteger();
      CompletableFuture<Integer> after =
          future.handle((receipt, failure) -> ends.incrementAndGet());

      race.run(
          () -> cancelled.set(future.cancel(false)),
          () -> {
            written.set(callback.claim());
            if (written.get()) {
              callback.published(1);
            }
          });

      assertThat(written.get()).as("round %s", round).isNotEqualTo(cancelled.get());
      assertThat(future.isCancelled()).isEqualTo(cancelled.get());
      assertThat(after).isCompletedWithValue(1);
      takenBack += cancelled.get() ? 1 : 0;
    }
    assertThat(takenBack).isBetween(1, ROUNDS - 1);
    assertThat(publisher.counters().published()).isEqualTo(ROUNDS - takenBack);
  }

  @Test
  void messageIsEitherTakenBackOrExpired() throws Exception {
    int takenBack = 0;
    for (int round = 0; round < ROUNDS; round++) {
      CompletableFuture<Receipt> future = publisher.publish(List.of("alice"), round);
      PublishCallback callback = last();
      AtomicBoolean cancelled = new AtomicBoolean();

      race.run(
          () -> cancelled.set(future.cancel(false)),
          () -> callback.failed(PublishOutcome.EXPIRED, new TimeoutException("late")));

      assertThat(future).isDone();
      assertThat(future.isCancelled()).as("round %s", round).isEqualTo(cancelled.get());
      takenBack += cancelled.get() ? 1 : 0;
    }
    assertThat(takenBack).isBetween(1, ROUNDS - 1);
    assertThat(publisher.counters().publishExpired()).isEqualTo(ROUNDS - takenBack);
  }
}
