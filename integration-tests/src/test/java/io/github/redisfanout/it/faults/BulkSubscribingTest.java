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
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
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

  /** Sessions open while the connection is lost again and again. */
  @Test
  void subscriptionsMatchWhatIsWantedAfterManyThreadsChangedItOnLostConnections() throws Exception {
    backplane.start(receiver);
    get(backplane.subscribe(SHARED));
    List<String> users = users(3_000);
    int threads = 6;
    AtomicInteger changes = new AtomicInteger();
    List<CompletableFuture<List<CompletableFuture<Void>>>> changing = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int seed = i;
      changing.add(CompletableFuture.supplyAsync(() -> change(users, seed, changes)));
    }

    for (int cut = 1; cut <= 10; cut++) {
      int next = cut * 10_000;
      await().atMost(LIMIT).until(() -> changes.get() >= next);
      cutReceiving();
    }
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    for (CompletableFuture<List<CompletableFuture<Void>>> each : changing) {
      calls.addAll(each.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
    }
    Set<String> wanted = new TreeSet<>(SHARED);
    wanted.addAll(users.subList(0, 1_000));
    get(backplane.unsubscribe(users.subList(1_000, 3_000)));
    get(backplane.subscribe(users.subList(0, 1_000)));

    await().atMost(LIMIT).untilAsserted(() -> assertThat(subscribed()).isEqualTo(wanted));
    String[] numsub =
        IntStream.range(-2, 3_000)
            .mapToObj(i -> i == -2 ? "PUBSUB" : i == -1 ? "NUMSUB" : users.get(i))
            .toArray(String[]::new);
    List<String> counts = redis.command(numsub).lines().filter(l -> l.matches("\\d+")).toList();
    assertThat(counts).hasSize(3_000);
    assertThat(counts.subList(0, 1_000)).containsOnly("1");
    assertThat(counts.subList(1_000, 3_000)).containsOnly("0");
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(calls).allMatch(CompletableFuture::isDone));
  }

  /** Each call changes up to five channels, and users are shared between the threads. */
  private List<CompletableFuture<Void>> change(List<String> users, int seed, AtomicInteger count) {
    Random random = new Random(seed);
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    while (count.incrementAndGet() < 105_000) {
      List<String> some =
          random.ints(1 + random.nextInt(5), 0, users.size()).mapToObj(users::get).toList();
      calls.add(
          (random.nextBoolean() ? backplane.subscribe(some) : backplane.unsubscribe(some))
              .toCompletableFuture());
    }
    return calls;
  }
}
