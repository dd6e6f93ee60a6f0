package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishFailure;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A publish that is cancelled, written and expired at the same moment. */
@Timeout(120)
class PublishRaceTest {
  private static final int ROUNDS = 100_000;

  private final Counters counters = new Counters();
  private final PublishFuture[] futures = new PublishFuture[ROUNDS];
  private final AtomicInteger[] ends = new AtomicInteger[ROUNDS];
  private final boolean[] cancelled = new boolean[ROUNDS];
  private final boolean[] claimed = new boolean[ROUNDS];
  private final Race race = new Race();

  PublishRaceTest() {
    InMemoryBackplane backplane = new InMemoryBackplane(); // keeps no messages
    for (int i = 0; i < ROUNDS; i++) {
      AtomicInteger ended = new AtomicInteger();
      ends[i] = ended;
      futures[i] = new PublishFuture(backplane, 1, null, Runnable::run, counters, null);
      CompletableFuture<Integer> unused = futures[i].handle((r, e) -> ended.incrementAndGet());
    }
  }

  @AfterEach
  void close() {
    race.close();
  }

  @Test
  void messageIsEitherTakenBackOrWritten() throws Exception {
    race.rounds(
        ROUNDS,
        round -> cancelled[round] = futures[round].cancel(false),
        round -> {
          claimed[round] = futures[round].claim();
          if (claimed[round]) {
            futures[round].published(PublishAnswer.ofNodes(1));
          }
        });

    assertThat(counters.published.sum()).isEqualTo(ROUNDS - takenBack());
    for (int i = 0; i < ROUNDS; i++) {
      assertThat(claimed[i]).as("round %s", i).isNotEqualTo(cancelled[i]);
    }
  }

  @Test
  void messageIsEitherTakenBackOrExpired() throws Exception {
    race.rounds(
        ROUNDS,
        round -> cancelled[round] = futures[round].cancel(false),
        round -> futures[round].failed(PublishFailure.EXPIRED, new TimeoutException("late")));

    assertThat(new FanoutCounters(counters, 0, Map.of()).publishExpired())
        .isEqualTo(ROUNDS - takenBack());
  }

  /** How many were, each of which ended once and as cancel has said; some were and some not. */
  private int takenBack() {
    int takenBack = 0;
    for (int i = 0; i < ROUNDS; i++) {
      assertThat(futures[i].isCancelled()).as("round %s", i).isEqualTo(cancelled[i]);
      assertThat(ends[i]).as("round %s", i).hasValue(1);
      takenBack += cancelled[i] ? 1 : 0;
    }
    assertThat(takenBack).isBetween(1, ROUNDS - 1);
    return takenBack;
  }
}
