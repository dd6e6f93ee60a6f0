package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.Fencing;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingCallback;
import io.github.redisfanout.testkit.RecordingReceiver;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A batch is one transaction with a write, so a server that must not publish refuses it. */
class FenceTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> ALICE = List.of("alice");

  private final RecordingTransport alice = new RecordingTransport();

  @AfterEach
  void repair() {
    redis.command("REPLICAOF", "NO", "ONE");
    redis.command("CONFIG", "SET", "maxmemory", "0", "min-replicas-to-write", "0");
    Leftovers.assertNone(redis);
  }

  private RedisFanout start(RedisConfig config) throws InterruptedException {
    return start(RedisEndpoint.of(redis.uri()), config);
  }

  private RedisFanout start(RedisEndpoint endpoint, RedisConfig config)
      throws InterruptedException {
    RedisFanout node =
        RedisFanout.builder(endpoint, FanoutConfig.of(Nodes.CHANNEL)).redis(config).start();
    node.open("alice", alice);
    assertThat(node.awaitReady(LIMIT)).isTrue();
    return node;
  }

  private static RedisConfig config() {
    return RedisConfig.builder().publishTimeout(LIMIT).build();
  }

  private static long events(RedisFanout node, Kind kind) {
    return node.counters().backplaneEvents().getOrDefault(kind, 0L);
  }

  private static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(i -> "\"m" + i + "\"").toList();
  }

  private static List<CompletableFuture<Receipt>> publish(RedisFanout node, int count) {
    List<CompletableFuture<Receipt>> publishes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      publishes.add(node.publisher().publish(ALICE, "m" + i));
    }
    return publishes;
  }

  private static void assertPublished(List<CompletableFuture<Receipt>> publishes) {
    for (CompletableFuture<Receipt> each : publishes) {
      assertThat(each).succeedsWithin(LIMIT).extracting(Receipt::nodes).isEqualTo(1L);
    }
  }

  @Test
  void batchIsOneTransactionWithAKeyThatNeverExists() throws Exception {
    long before = RedisStatistics.calls(redis, "exec");
    try (RedisFanout node = start(config())) {
      assertPublished(publish(node, 100));

      alice.awaitText("\"m99\"");
      assertThat(alice.texts()).isEqualTo(numbers(100));
      assertThat(RedisStatistics.calls(redis, "exec")).isGreaterThan(before + 1);
      assertThat(redis.command("EXISTS", "chat:redis-fanout:fence")).isEqualTo("0");
      assertThat(node.counters().backplaneEvents()).isEmpty();
      assertThat(node.health().notes()).isEmpty();
    }
  }

  @Test
  void withoutFencingThereIsNoTransaction() throws Exception {
    long before = RedisStatistics.calls(redis, "exec");
    try (RedisFanout node = start(RedisConfig.builder().fencing(Fencing.OFF).build())) {
      assertPublished(publish(node, 3));

      assertThat(RedisStatistics.calls(redis, "exec")).isEqualTo(before);
      assertThat(node.counters().backplaneEvents()).isEmpty();
    }
  }

  /** What a batch has to wait for, and what ends it; the messages then go out once and in order. */
  private void assertGoesOnAfter(Runnable cause, Runnable cure) throws Exception {
    // The node itself may lose its subscription meanwhile.
    try (PlainSubscriber subscriber = new PlainSubscriber(redis);
        RedisFanout node = start(config())) {
      node.publisher().publishAndWait(ALICE, "before", LIMIT);
      cause.run();
      List<CompletableFuture<Receipt>> waiting = publish(node, 50);
      FaultRig.within(LIMIT).until(() -> events(node, Kind.FENCE_REFUSED) >= 1);
      assertThat(waiting).noneMatch(CompletableFuture::isDone);

      // It waits as if it had never been sent.
      CompletableFuture<Receipt> takenBack = node.publisher().publish(ALICE, "taken back");
      FaultRig.within(LIMIT).until(() -> takenBack.cancel(false));
      PublishException late =
          catchThrowableOfType(
              PublishException.class,
              () -> node.publisher().publishAndWait(ALICE, "late", Duration.ofMillis(200)));
      assertThat(late.failure()).isIn(PublishFailure.EXPIRED, PublishFailure.UNKNOWN);
      cure.run();

      for (CompletableFuture<Receipt> each : waiting) {
        assertThat(each).succeedsWithin(LIMIT);
      }
      node.publisher().publishAndWait(ALICE, "after", LIMIT);
      FaultRig.within(LIMIT).until(() -> subscriber.texts().contains("\"after\""));
      List<String> expected = new ArrayList<>(List.of("\"before\""));
      expected.addAll(numbers(50));
      expected.add("\"after\"");
      List<String> texts = new ArrayList<>(subscriber.texts());
      if (late.failure() == PublishFailure.UNKNOWN) {
        texts.remove("\"late\""); // it was under way at that moment, and may have gone out again
      }
      assertThat(texts).isEqualTo(expected);
    }
  }

  @Test
  void replicaRefusesAWholeBatchWhichWaitsAndGoesOutOnceItIsMasterAgain() throws Exception {
    // To a port where nothing listens.
    assertGoesOnAfter(
        () -> redis.command("REPLICAOF", "127.0.0.1", "1"),
        () -> redis.command("REPLICAOF", "NO", "ONE"));
  }

  @Test
  void busyServerRefusesAWholeBatchWhichGoesOutWhenTheScriptHasEnded() throws Exception {
    List<BusyScript> script = new ArrayList<>();
    try {
      assertGoesOnAfter(() -> script.add(new BusyScript(redis)), () -> script.remove(0).close());
    } finally {
      script.forEach(BusyScript::close);
    }
  }

  @Test
  void fullMemoryIsNoReasonToWait() throws Exception {
    try (RedisFanout node = start(config())) {
      node.publisher().publishAndWait(ALICE, "before", LIMIT);
      redis.command("CONFIG", "SET", "maxmemory", "1");

      assertPublished(publish(node, 50));

      alice.awaitText("\"m49\"");
      assertThat(alice.texts()).hasSize(51);
      // Redis 8 does not even refuse the fence.
      assertThat(events(node, Kind.UNFENCED)).isEqualTo(events(node, Kind.FENCE_REFUSED));
    }
  }

  @Test
  void diskErrorIsNoReasonToWait() throws Exception {
    Path directory = Path.of(redis.command("CONFIG", "GET", "dir").split("\n")[1]);
    Path inTheWay = Files.createDirectory(directory.resolve("dump.rdb"));
    redis.command("CONFIG", "SET", "save", "3600 1");
    redis.command("SET", "dirty", "1");
    redis.command("BGSAVE");
    FaultRig.within(LIMIT)
        .until(() -> redis.command("INFO", "persistence").contains("last_bgsave_status:err"));
    try (RedisFanout node = start(config())) {
      assertPublished(publish(node, 10));

      assertThat(events(node, Kind.UNFENCED)).isPositive();
    } finally {
      redis.command("CONFIG", "SET", "save", "");
      redis.command("DEL", "dirty");
      Files.delete(inTheWay);
    }
  }

  @Test
  void masterWhoseReplicaIsGoneGoesOnPublishing() throws Exception {
    try (RedisFanout node = start(config())) {
      node.publisher().publishAndWait(ALICE, "before", LIMIT);
      redis.command("CONFIG", "SET", "min-replicas-to-write", "1");

      assertPublished(publish(node, 50));

      alice.awaitText("\"m49\"");
      assertThat(alice.texts()).hasSize(51);
      assertThat(events(node, Kind.UNFENCED)).isPositive();
      assertThat(node.counters().gaps()).isZero();
      assertThat(node.health().notes())
          .contains("published without the fence: NOREPLICAS Not enough good replicas to write.");
      redis.command("CONFIG", "SET", "min-replicas-to-write", "0");
      long unfenced = events(node, Kind.UNFENCED);
      FaultRig.within(LIMIT) // the confirmation holds for a moment
          .until(
              () -> {
                long count = events(node, Kind.UNFENCED);
                node.publisher().publishAndWait(ALICE, "after", LIMIT);
                return events(node, Kind.UNFENCED) == count;
              });
      assertThat(unfenced).isPositive();
      FaultRig.within(LIMIT)
          .until(
              () -> node.health().notes().stream().noneMatch(note -> note.contains("NOREPLICAS")));
    }
  }

  @Test
  void withoutPermissionForTheTransactionMessagesArePublishedWithoutItAndHealthSaysSo()
      throws Exception {
    for (String missing : List.of("-multi", "-exec", "-del", "resetkeys")) {
      redis.command(
          "ACL", "SETUSER", "app", "reset", "on", ">secret", "&*", "~*", "+@all", missing);
      String uri = "redis://app:secret@127.0.0.1:" + redis.port();
      try (RedisFanout node = start(RedisEndpoint.of(uri), config())) {
        node.publisher().publishAndWait(ALICE, missing, LIMIT);

        alice.awaitText("\"" + missing + "\"");
        assertThat(node.health().notes())
            .as(missing)
            .filteredOn(note -> !note.startsWith("it is not known which nodes are missing"))
            .hasSize(1)
            .allSatisfy(note -> assertThat(note).startsWith("not fenced: ").contains("NOPERM"));
        assertThat(node.health().reason()).isEmpty();
        assertThat(events(node, Kind.UNFENCED)).isPositive();
      }
    }
    redis.command("ACL", "DELUSER", "app");
  }

  /** Redis then executes what follows, each for itself. */
  @Test
  void multiThatIsRefusedLaterLosesAndRepeatsNothing() throws Exception {
    redis.command("ACL", "SETUSER", "app", "reset", "on", ">secret", "&*", "~*", "+@all");
    String uri = "redis://app:secret@127.0.0.1:" + redis.port();
    try (RedisFanout node = start(RedisEndpoint.of(uri), config())) {
      node.publisher().publishAndWait(ALICE, "before", LIMIT);
      redis.command("ACL", "SETUSER", "app", "-multi");

      assertPublished(publish(node, 200));

      alice.awaitText("\"m199\"");
      assertThat(alice.texts()).hasSize(201).endsWith(numbers(200).toArray(String[]::new));
      assertThat(node.health().notes()).hasSize(1);
    }
    redis.command("ACL", "DELUSER", "app");
  }

  @Test
  void messageThatIsRefusedAloneDoesNotHoldBackTheOthers() throws Exception {
    redis.command("ACL", "SETUSER", "app", "reset", "on", ">secret", "&yes*", "~*", "+@all");
    String uri = "redis://app:secret@127.0.0.1:" + redis.port();
    RedisConfig config = RedisConfig.builder().publishTimeout(LIMIT).build();
    try (RedisBackplane backplane = new RedisBackplane(RedisEndpoint.of(uri), config)) {
      RecordingReceiver receiver = new RecordingReceiver();
      backplane.start(receiver);
      backplane.subscribe(Set.of("yes")).toCompletableFuture().get(10, TimeUnit.SECONDS);

      List<RecordingCallback> callbacks = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        RecordingCallback callback = new RecordingCallback();
        callbacks.add(callback);
        byte[] text = ("m" + i).getBytes(StandardCharsets.UTF_8);
        backplane.publish(new Outgoing(i % 3 == 1 ? "no" : "yes", text), callback);
      }

      receiver.awaitText("m29");
      assertThat(receiver.texts())
          .isEqualTo(
              IntStream.range(0, 30).filter(i -> i % 3 != 1).mapToObj(i -> "m" + i).toList());
      for (int i = 0; i < 30; i++) {
        if (i % 3 == 1) {
          assertThat(callbacks.get(i).awaitReport()).isEqualTo(PublishFailure.REJECTED);
        } else {
          callbacks.get(i).awaitPublished();
        }
      }
    }
    redis.command("ACL", "DELUSER", "app");
  }

  @Test
  void transactionWithoutAnAnswerIsUnknownAndNotSentAgain() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      PublishLog.Writer writer = rig.write(FaultRig.at(proxy.port()));

      proxy.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      PublishLog.Entry unknown = writer.publish();
      FaultRig.within(LIMIT).until(() -> node.hasReceived(unknown));
      proxy.cut();
      proxy.resume();

      assertThat(unknown.outcome()).isEqualTo(io.github.redisfanout.it.checker.Outcome.UNKNOWN);
      rig.settle();
    }
  }
}
