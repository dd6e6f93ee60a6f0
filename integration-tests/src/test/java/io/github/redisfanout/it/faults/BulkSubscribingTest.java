package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.RecordingReceiver;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A channel for each of very many users, on connections that are lost. */
@Tag("full")
class BulkSubscribingTest {
  @RegisterExtension
  static final RedisProcess redis =
      RedisProcess.start("--slowlog-log-slower-than", "0", "--slowlog-max-len", "2000");

  private static final Logger log = LoggerFactory.getLogger(BulkSubscribingTest.class);
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final List<String> SHARED = List.of("chat", "chat:redis-fanout:routed");

  private final RecordingReceiver receiver = new RecordingReceiver();
  private final RedisBackplane backplane =
      new RedisBackplane(
          RedisEndpoint.of(redis.uri()),
          RedisConfig.builder().readTimeout(Duration.ofSeconds(3)).build());

  @AfterEach
  void close() {
    backplane.close();
    Leftovers.assertNone(redis);
  }

  private static void get(CompletionStage<Void> stage) throws Exception {
    stage.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static List<String> users(int count) {
    return IntStream.range(0, count).mapToObj(i -> "chat:u:user-" + i).toList();
  }

  private static Set<String> subscribed() {
    Set<String> channels = new TreeSet<>(redis.command("PUBSUB", "CHANNELS").lines().toList());
    channels.removeIf(channel -> channel.startsWith("chat:probe:"));
    return channels;
  }

  private static void cutReceiving() {
    redis.command("CLIENT", "KILL", "TYPE", "pubsub");
  }

  @Test
  void hundredThousandChannelsAreConfirmedSoonAndHoldUpNobody() throws Exception {
    backplane.start(receiver);
    get(backplane.subscribe(SHARED));
    List<String> users = users(100_000);
    get(backplane.subscribe(users));
    Set<String> wanted = new TreeSet<>(users);
    wanted.addAll(SHARED);
    assertThat(subscribed()).isEqualTo(wanted);

    // A busy machine may stop Redis within a command, but not each time.
    long longest = Long.MAX_VALUE;
    for (int round = 0; round < 10 && longest > 50_000; round++) {
      longest = reconnect(users);
      assertThat(subscribed()).isEqualTo(wanted);
    }
    assertThat(longest).as("µs of the longest SUBSCRIBE").isLessThanOrEqualTo(50_000);
  }

  /** Returns the µs of the longest SUBSCRIBE. */
  private long reconnect(List<String> users) throws Exception {
    int gaps = receiver.gaps().size();
    long before = RedisStatistics.calls(redis, "subscribe");
    redis.command("SLOWLOG", "RESET");
    cutReceiving();
    Instant cut = Instant.now();
    await().atMost(LIMIT).pollInterval(Duration.ofMillis(1)).until(() -> upSince(cut));

    get(backplane.subscribe(users)); // done when the state is UP
    assertThat(receiver.gaps()).hasSizeGreaterThan(gaps);
    Duration took = Duration.between(cut, backplane.status().receiving().since());
    assertThat(took).isLessThan(Duration.ofSeconds(10));
    long commands = RedisStatistics.calls(redis, "subscribe") - before;
    assertThat(commands).as("SUBSCRIBEs").isBetween(201L, 260L);
    long longest = longestMicros("SUBSCRIBE");
    log.info("{} after the cut; {} SUBSCRIBEs, the longest {} µs", took, commands, longest);
    return longest;
  }

  private boolean upSince(Instant cut) {
    Direction receiving = backplane.status().receiving();
    return receiving.state() == ConnectionState.UP && receiving.since().isAfter(cut);
  }

  private static long longestMicros(String command) {
    List<String> log = redis.command("SLOWLOG", "GET", "2000").lines().toList();
    long longest = 0;
    for (int i = 1; i < log.size(); i++) {
      if (log.get(i).equals(command)) {
        longest = Math.max(longest, Long.parseLong(log.get(i - 1)));
      }
    }
    assertThat(longest).as(command).isPositive();
    return longest;
  }

  /** Sessions open and close while the connection is lost again and again. */
  @Test
  void subscriptionsMatchWhatIsWantedAfterManyThreadsChangedItOnLostConnections() throws Exception {
    backplane.start(receiver);
    get(backplane.subscribe(SHARED));
    List<String> users = users(3_000);
    AtomicInteger changes = new AtomicInteger();
    AtomicBoolean ended = new AtomicBoolean();
    Queue<CompletableFuture<Void>> calls = new ConcurrentLinkedQueue<>();
    List<CompletableFuture<Set<String>>> threads = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      List<String> own = users.subList(500 * i, 500 * (i + 1));
      Random random = new Random(i);
      Consumer<CompletableFuture<Void>> onCall =
          call -> {
            calls.add(call);
            changes.incrementAndGet();
          };
      threads.add(
          CompletableFuture.supplyAsync(
              () -> change(own, random, ended, onCall), task -> new Thread(task).start()));
    }

    for (int cut = 0; cut < 10; cut++) {
      int next = changes.get() + 2_000;
      await().atMost(LIMIT).until(() -> changes.get() >= next);
      cutReceiving();
    }
    ended.set(true);
    Set<String> wanted = new TreeSet<>(SHARED);
    for (CompletableFuture<Set<String>> thread : threads) {
      wanted.addAll(thread.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    await().atMost(LIMIT).untilAsserted(() -> assertThat(subscribed()).isEqualTo(wanted));
    await().atMost(LIMIT).until(() -> calls.stream().allMatch(CompletableFuture::isDone));
    assertThat(subscribed()).isEqualTo(wanted);
    String[] numsub =
        Stream.concat(Stream.of("PUBSUB", "NUMSUB"), users.stream()).toArray(String[]::new);
    List<String> counts = redis.command(numsub).lines().filter(l -> l.matches("\\d+")).toList();
    assertThat(counts)
        .isEqualTo(users.stream().map(user -> wanted.contains(user) ? "1" : "0").toList());
  }

  /** Returns the channels that are wanted at last. Each call changes up to five. */
  private Set<String> change(
      List<String> own,
      Random random,
      AtomicBoolean ended,
      Consumer<CompletableFuture<Void>> onCall) {
    Set<String> wanted = new TreeSet<>();
    while (!ended.get()) {
      List<String> some =
          random.ints(1 + random.nextInt(5), 0, own.size()).mapToObj(own::get).toList();
      boolean subscribes = random.nextBoolean();
      if (subscribes) {
        wanted.addAll(some);
      } else {
        some.forEach(wanted::remove);
      }
      CompletableFuture<Void> call =
          (subscribes ? backplane.subscribe(some) : backplane.unsubscribe(some))
              .toCompletableFuture();
      onCall.accept(call);
      if (random.nextInt(10) == 0) { // as fast as Redis answers, not faster
        call.handle((done, failure) -> true).orTimeout(60, TimeUnit.SECONDS).join();
      }
    }
    return wanted;
  }
}
