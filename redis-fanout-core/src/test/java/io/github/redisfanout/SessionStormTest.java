package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Everything at once: afterwards the sums are right and nothing is left. */
class SessionStormTest {
  private final SessionRig rig =
      new SessionRig(
          FanoutConfig.builder("chat")
              .lanes(4)
              .sessionQueueMessages(5)
              .deliveryBufferBytes(20_000)
              .build());

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void countersAddUpAndGaugesReturnToZeroAfterAStorm() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(4);
    List<Thread> storm = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(1);
    for (int t = 0; t < 4; t++) {
      int seed = t;
      Thread thread = new Thread(() -> storm(seed, start, clients));
      thread.start();
      storm.add(thread);
    }
    start.countDown();
    for (Thread thread : storm) {
      thread.join(TimeUnit.SECONDS.toMillis(20));
    }
    clients.shutdown();
    assertThat(clients.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    rig.awaitLanes();

    FanoutCounters counts = rig.counts();
    long dropped = counts.dropped().values().stream().mapToLong(Long::longValue).sum();
    assertThat(counts.queued())
        .isEqualTo(counts.delivered() + dropped - counts.dropped().get(DropReason.LANE_FULL));
    assertThat(counts.queued()).isGreaterThan(1_000);
    assertThat(counts.delivered()).isPositive();
    assertThat(counts.dropped().get(DropReason.SESSION_CLOSED)).isPositive();
    assertThat(counts.sessions()).isZero();
    assertThat(rig.registry.sessionCount()).isZero();
    assertThat(rig.registry.sessions(Address.user("alice"))).isEmpty();
  }

  /** Sessions come and go while messages come; their writes end in every possible way. */
  private void storm(int seed, CountDownLatch start, ExecutorService clients) {
    Random random = new Random(seed);
    FakeTransport moody =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            int mood = Math.floorMod(System.nanoTime(), 10);
            if (mood < 5) {
              done.ok();
            } else if (mood < 8) {
              clients.execute(done::ok);
            } else if (mood == 8) {
              clients.execute(() -> done.failed(new IOException("by the test")));
            }
          }
        };
    await().until(() -> start.getCount() == 0);
    for (int round = 0; round < 300; round++) {
      FanoutSession session = rig.open(moody);
      for (int i = 0; i < 20; i++) {
        rig.deliver(List.of("alice"), "\"" + "x".repeat(random.nextInt(100)) + "\"");
        session.send(i);
      }
      if (random.nextBoolean()) {
        session.clientLeft();
      } else {
        session.disconnect(Disconnect.NOT_ALLOWED);
      }
    }
  }
}
