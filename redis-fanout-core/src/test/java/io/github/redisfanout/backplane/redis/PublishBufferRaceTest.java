package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Race;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Publishers, the pipeline, the timer, cancel and close at the same moment. */
@Timeout(120)
class PublishBufferRaceTest {
  private static final int ROUNDS = 1_000;
  private static final int MESSAGES = 20;

  private final Race race = new Race();

  @AfterEach
  void close() {
    race.close();
  }

  @Test
  void everyMessageEndsOnceWhateverMeets() throws Exception {
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger reported = new AtomicInteger();
    for (int round = 0; round < ROUNDS; round++) {
      PublishBuffer buffer =
          new PublishBuffer(
              RedisConfig.builder()
                  .publishBufferMessages(15)
                  .publishTimeout(round % 2 == 0 ? Duration.ofMillis(1) : Duration.ofSeconds(9))
                  .build());
      buffer.open();
      List<FakeCallback> callbacks = Collections.synchronizedList(new ArrayList<>());
      List<PublishCallback> takenNow = Collections.synchronizedList(new ArrayList<>());
      race.run(
          () -> put(buffer, callbacks),
          () -> put(buffer, callbacks),
          () -> {
            for (int i = 0; i < MESSAGES; i++) {
              List<QueuedPublish> batch = buffer.take(3, 1_000);
              if (i % 4 == 0) {
                buffer.putBack(batch);
              } else {
                batch.forEach(waiting -> takenNow.add(waiting.callback()));
              }
            }
          },
          () -> {
            buffer.expireLate();
            buffer.beginClose(0);
            buffer.expireLate();
            buffer.rejectRest();
          });
      buffer.rejectRest();

      assertThat(callbacks).hasSize(2 * MESSAGES);
      for (FakeCallback callback : callbacks) {
        int ends = callback.reports.size() + (takenNow.contains(callback) ? 1 : 0);
        assertThat(ends).as("round %s: %s", round, callback.reports).isEqualTo(1);
      }
      assertThat(buffer.messages()).isZero();
      assertThat(buffer.bytes()).isZero();
      taken.addAndGet(takenNow.size());
      reported.addAndGet(2 * MESSAGES - takenNow.size());
    }
    assertThat(taken.get()).isPositive();
    assertThat(reported.get()).isPositive();
  }

  private static void put(PublishBuffer buffer, List<FakeCallback> callbacks) {
    for (int i = 0; i < MESSAGES; i++) {
      FakeCallback callback = new FakeCallback();
      callbacks.add(callback);
      buffer.put(new Outgoing("channel", new byte[10]), callback);
    }
  }
}
