package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages as they come, good and bad, to clients as they are: every one is accounted for. */
@Timeout(120)
class SubscriberStormTest {
  private static final int MESSAGES = 10_000;
  private static final int USERS = 10;

  private final FakeBackplane backplane = new FakeBackplane();
  private final ExecutorService clients = Executors.newFixedThreadPool(2);

  /** A client that takes its time, more or less, and counts what it has taken. */
  private final class Client implements Transport {
    final AtomicLong taken = new AtomicLong();
    private final boolean quick;

    Client(boolean quick) {
      this.quick = quick;
    }

    @Override
    public void write(Payload payload, WriteCallback done) {
      Runnable report =
          () -> {
            taken.incrementAndGet();
            done.ok();
          };
      if (quick) {
        report.run();
      } else {
        clients.execute(report);
      }
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  @Test
  void whatIsReceivedIsDeliveredOrDroppedForAReasonOrPending() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    FanoutConfig config =
        FanoutConfig.builder("chat")
            .lanes(2)
            .deliveryBufferBytes(20_000)
            .overflowPolicy(OverflowPolicy.DROP_OLDEST)
            .sessionQueueMessages(3)
            .build();
    InMemorySessionRegistry registry = new InMemorySessionRegistry();
    Subscriber subscriber =
        new Subscriber(
            backplane, registry, new JacksonPayloadEncoder(), config, new FanoutListener() {});
    subscriber.start();
    List<Client> opened = new ArrayList<>();
    int[] sessionsOf = new int[USERS];
    for (int i = 0; i < 3 * USERS; i++) {
      opened.add(new Client(i % 3 == 0));
      subscriber.open("user_" + i % USERS, opened.get(i));
      sessionsOf[i % USERS]++;
    }

    long meant = 0;
    long malformed = 0;
    for (int i = 0; i < MESSAGES; i++) {
      if (random.nextInt(20) == 0) {
        backplane.receive("{\"target_user_ids\": [\"user_1\"], \"payload\": NaN}");
        malformed++;
        continue;
      }
      StringBuilder ids = new StringBuilder("\"nobody\"");
      for (int user = 0; user < USERS; user++) {
        if (random.nextInt(4) == 0) {
          ids.append(",\"user_").append(user).append("\",\"user_").append(user).append('"');
          meant += sessionsOf[user];
        }
      }
      backplane.receive("{\"target_user_ids\": [" + ids + "], \"payload\": " + i + "}");
    }
    subscriber.close(Duration.ofSeconds(20)); // delivers what has come
    FanoutCounters counts = subscriber.counters();
    clients.shutdown();
    assertThat(clients.awaitTermination(10, TimeUnit.SECONDS)).isTrue();

    long dropped = counts.dropped().values().stream().mapToLong(Long::longValue).sum();
    assertThat(counts.received()).isEqualTo(MESSAGES);
    assertThat(counts.malformed()).isEqualTo(malformed);
    assertThat(counts.delivered() + dropped).as("seed %s: %s", seed, counts).isEqualTo(meant);
    assertThat(counts.delivered())
        .isEqualTo(opened.stream().mapToLong(client -> client.taken.get()).sum());
    assertThat(counts.dropped().get(DropReason.LANE_FULL)).isPositive();
    assertThat(counts.dropped().get(DropReason.QUEUE_FULL)).isPositive();
    assertThat(counts.userCodeFailures()).isZero();
    assertThat(counts.gaps()).as("the full lanes were reported").isPositive();
    assertThat(counts.pending()).isZero();
    assertThat(counts.sessions()).isZero();
    assertThat(registry.sessionCount()).isZero();
  }
}
