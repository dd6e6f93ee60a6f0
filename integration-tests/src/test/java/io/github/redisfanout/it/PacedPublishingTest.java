package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Payload;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Publishing that is faster than delivering is held back, as long as the node receives. */
@Timeout(120)
class PacedPublishingTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final int USERS = 32;

  private static final String TEXT = "x".repeat(1_000);

  /** Counts how publishes end. */
  private static final class Outcomes {
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger rejected = new AtomicInteger();
    final AtomicInteger others = new AtomicInteger();

    void count(CompletableFuture<Receipt> publish) {
      publish.whenComplete(
          (receipt, failure) -> {
            if (failure == null) {
              accepted.incrementAndGet();
            } else if (failure instanceof PublishException e
                && e.failure() == PublishFailure.REJECTED) {
              rejected.incrementAndGet();
            } else {
              others.incrementAndGet();
            }
          });
    }

    int sum() {
      return accepted.get() + rejected.get() + others.get();
    }
  }

  /** Gaps and disconnects of all nodes. */
  private static final class Losses implements FanoutListener {
    final List<Object> reported = new CopyOnWriteArrayList<>();

    @Override
    public void onGap(Gap gap) {
      reported.add(gap);
    }

    @Override
    public void onDisconnect(FanoutSession session, Disconnect why) {
      if (!why.equals(Disconnect.GOING_AWAY)) {
        reported.add(why);
      }
    }
  }

  /** A client whose writes are done by one thread for all, each after a little while. */
  private static final class SlowTransport implements Transport {
    private final ExecutorService network;
    private final List<String> numbers = new ArrayList<>(); // confined to the network's thread
    final LongAdder written = new LongAdder();

    SlowTransport(ExecutorService network) {
      this.network = network;
    }

    @Override
    public void write(Payload payload, WriteCallback done) {
      network.execute(
          () -> {
            LockSupport.parkNanos(1); // slower than Redis takes them, by far
            numbers.add(payload.text().substring(1, payload.text().indexOf(' ')));
            written.increment();
            done.ok();
          });
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  @Test
  @Tag("full")
  void publishingFasterThanNodesDeliverLosesNothingUnreported() throws Exception {
    int messages = 30_000; // fewer for each session than its queue takes
    Losses losses = new Losses();
    Outcomes outcomes = new Outcomes();
    List<SlowTransport> transports = new ArrayList<>();
    ExecutorService network = Executors.newSingleThreadExecutor();
    FanoutConfig config = FanoutConfig.builder(Nodes.CHANNEL).sessionQueueMessages(1_000).build();
    RedisConfig patient = RedisConfig.builder().publishTimeout(LIMIT).build();
    try (Nodes nodes = new Nodes(redis.uri(), config, patient)) {
      RedisFanout first = nodes.start(losses);
      RedisFanout second = nodes.start(losses);
      for (RedisFanout node : List.of(first, second)) {
        for (int i = 0; i < USERS; i++) {
          SlowTransport transport = new SlowTransport(network);
          transports.add(transport);
          node.open("user " + i, transport);
        }
      }

      List<String> numbers = new ArrayList<>();
      for (int i = 0; i < messages; i++) {
        CompletableFuture<Receipt> publish =
            first.publisher().publish(List.of("user " + i % USERS), i + " " + TEXT);
        outcomes.count(publish);
        int number = i;
        publish.thenRun(
            () -> {
              synchronized (numbers) {
                numbers.add("" + number);
              }
            });
      }

      await().atMost(LIMIT).until(() -> outcomes.sum() == messages);
      assertThat(outcomes.others).hasValue(0);
      assertThat(outcomes.rejected.get()).as("as fast as it can is too fast").isPositive();
      assertThat(outcomes.accepted.get()).isGreaterThan(10_000);
      long copies = 2L * outcomes.accepted.get();
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(transports.stream().mapToLong(t -> t.written.sum()).sum())
                      .isEqualTo(copies));
      for (RedisFanout node : List.of(first, second)) {
        FanoutCounters counters = node.counters();
        assertThat(counters.received()).isEqualTo(outcomes.accepted.get());
        assertThat(counters.dropped().values()).containsOnly(0L);
        assertThat(counters.gaps()).isZero();
        assertThat(counters.disconnects()).isEmpty();
        assertThat(counters.reconnects()).isZero();
      }
      assertThat(first.counters().publishRejected()).isEqualTo(outcomes.rejected.get());
      assertThat(losses.reported).isEmpty();
      await().until(() -> numbersOf(numbers).size() == outcomes.accepted.get());
      for (int i = 0; i < transports.size(); i++) {
        int user = i % USERS;
        assertThat(network.submit(() -> List.copyOf(transports.get(user).numbers)).get())
            .isEqualTo(
                numbersOf(numbers).stream()
                    .sorted()
                    .filter(number -> number % USERS == user)
                    .map(number -> "" + number)
                    .toList());
      }
    } finally {
      network.shutdownNow();
    }
  }

  private static List<Integer> numbersOf(List<String> numbers) {
    synchronized (numbers) {
      return numbers.stream().map(Integer::valueOf).toList();
    }
  }

  /** Publishes many times what the send window allows, and waits until all of it was accepted. */
  private static void publishMuch(Publisher publisher, Duration limit) {
    Outcomes outcomes = new Outcomes();
    int messages = 8_000;
    for (int i = 0; i < messages; i++) {
      outcomes.count(publisher.publish(List.of("absent"), TEXT));
    }
    await().atMost(limit).until(() -> outcomes.sum() == messages);
    assertThat(outcomes.accepted).hasValue(messages);
  }

  @Test
  void blockedLaneHoldsPublishingBackForALimitedTime() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Transport blocking =
        new Transport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            entered.countDown();
            release.await();
            done.ok();
          }

          @Override
          public void close(Disconnect why, boolean force) {}
        };
    FanoutConfig config = FanoutConfig.builder(Nodes.CHANNEL).writeTimeout(LIMIT).build();
    try (Nodes nodes = new Nodes(redis.uri(), config)) {
      RedisFanout node = nodes.start();
      node.open("alice", blocking);
      node.publisher().publishAndWait(List.of("alice"), 1, LIMIT);
      assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

      // Twice: what is stuck is not waited for again and again.
      publishMuch(node.publisher(), Duration.ofSeconds(4));
      publishMuch(node.publisher(), Duration.ofSeconds(4));

      assertThat(node.counters().delivered()).isZero();
      release.countDown();
      await().until(() -> node.counters().delivered() == 1);
      publishMuch(node.publisher(), Duration.ofSeconds(10));
    } finally {
      release.countDown();
    }
  }

  @Test
  void receivingThatIsStalledDoesNotExpireWhatIsPublished() throws Exception {
    try (FaultProxy stalled = FaultProxy.to(redis.port());
        FaultProxy entrance = FaultProxy.to(stalled.port());
        RedisFanout node =
            RedisFanout.connect("redis://127.0.0.1:" + entrance.port(), Nodes.CHANNEL)) {
      RecordingTransport alice = new RecordingTransport();
      assertThat(node.awaitReady(LIMIT)).isTrue();
      node.open("alice", alice);
      node.publisher().publishAndWait(List.of("alice"), "begin", LIMIT);
      alice.awaitText("\"begin\"");
      entrance.redirect(redis.port());
      redis.command("CLIENT", "KILL", "ID", idOf("redis-fanout-directory"));
      redis.command("CLIENT", "KILL", "ID", idOf("redis-fanout-publish"));
      awaitPublishingAgain(node.publisher());
      assertThat(stalled.connections()).as("only the one that receives").isEqualTo(1);

      stalled.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      publishMuch(node.publisher(), Duration.ofSeconds(4)); // publishTimeout is 5 s

      assertThat(node.counters().received()).isLessThan(8_000);
      stalled.resume();
      node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");
      assertThat(node.counters().gaps()).isZero();
    }
  }

  private static String idOf(String connection) {
    await().atMost(LIMIT).until(() -> redis.command("CLIENT", "LIST").contains(connection));
    return redis
        .command("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains("name=" + connection))
        .map(line -> line.replaceAll("^.*?\\bid=(\\d+) .*$", "$1"))
        .findFirst()
        .orElseThrow();
  }

  /** The first publish may find that the connection is gone, and be lost with it. */
  private static void awaitPublishingAgain(Publisher publisher) {
    await()
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(PublishException.class)
        .until(() -> publisher.publishAndWait(List.of("absent"), 0, LIMIT).nodes() == 1);
  }
}
