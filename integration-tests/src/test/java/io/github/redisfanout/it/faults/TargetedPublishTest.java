package io.github.redisfanout.it.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.faults.TargetedRig.Sent;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/** Targeted messages at a Redis that refuses, forgets or does not permit. */
class TargetedPublishTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @AfterEach
  void repair() {
    redis.command("REPLICAOF", "NO", "ONE");
    redis.command("CONFIG", "SET", "maxmemory", "0");
    redis.command("CONFIG", "SET", "min-replicas-to-write", "0");
    redis.command("ACL", "DELUSER", "app");
    redis.command("FLUSHALL");
    Leftovers.assertNone(redis);
  }

  private static String user(String... rules) {
    List<String> words =
        new ArrayList<>(
            List.of("ACL", "SETUSER", "app", "reset", "on", ">secret", "&*", "~*", "+@all"));
    words.addAll(List.of(rules));
    redis.command(words.toArray(String[]::new));
    return "redis://app:secret@127.0.0.1:" + redis.port();
  }

  private static Outgoing toAlice() {
    return TargetedRig.message("x").to(TargetedRig.targeted(TargetedRig.A));
  }

  private static long events(TargetedRig rig, Kind kind) {
    return rig.publisher.status().events().getOrDefault(kind, 0L);
  }

  private static Set<Route> ways(List<Route> routes) {
    return new TreeSet<>(routes);
  }

  @Test
  void scriptThatIsForgottenUnderLoadLosesAndRepeatsNothing() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, redis.uri())) {
      AtomicBoolean ended = new AtomicBoolean();
      AtomicInteger flushes = new AtomicInteger();
      CompletableFuture<Void> flushing =
          CompletableFuture.runAsync(
              () -> {
                while (!ended.get()) {
                  int received = rig.received.messages().size();
                  redis.command("SCRIPT", "FLUSH");
                  flushes.incrementAndGet();
                  // A server that forgets it before it is used even once is given up, rightly.
                  FaultRig.within(FaultRig.LIMIT)
                      .until(() -> ended.get() || rig.received.messages().size() > received);
                }
              });
      FaultRig.within(FaultRig.LIMIT).until(() -> flushes.get() > 0);

      redis.command("CONFIG", "RESETSTAT");
      int before = flushes.get();
      rig.publish(8_000);
      while (flushes.get() < 20) {
        rig.publish(400);
      }
      ended.set(true);

      assertThat(flushing).succeedsWithin(FaultRig.LIMIT);
      assertThat(ways(rig.assertAllReceived())).containsExactly(Route.COMMON, Route.TARGETED);
      // Redis 6.2 counts both together.
      long both = RedisStatistics.calls(redis, "script") - (flushes.get() - before);
      assertThat(Math.max(RedisStatistics.calls(redis, "script|load"), both)).isGreaterThan(1);
      assertThat(rig.notes()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-evalsha", "-script", "-pubsub"})
  void withoutPermissionMessagesTakeTheCommonChannelAndTheNextConnectionTriesAgain(String missing)
      throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, user(missing))) {
      rig.publish(200);
      List<Route> routes = rig.assertAllReceived();
      assertThat(ways(routes)).containsExactly(Route.COMMON, Route.NOT_PERMITTED);
      assertThat(Collections.frequency(routes, Route.COMMON)).isEqualTo(50);
      assertThat(rig.notes())
          .singleElement()
          .asString()
          .startsWith("not targeted: Redis refuses EVALSHA, SCRIPT LOAD or PUBSUB NUMSUB: ");
      assertThat(events(rig, Kind.FENCE_REFUSED)).isZero();
      PublishAnswer join = rig.answer(TargetedRig.message("j").withDetour(TargetedRig.GROUP));
      boolean counts = missing.equals("-pubsub"); // a join needs none
      assertThat(join.route()).isEqualTo(counts ? Route.COMMON : Route.NOT_PERMITTED);
      assertThat(rig.answer(toAlice()).route()).isEqualTo(Route.NOT_PERMITTED);
      assertThat(rig.notes()).hasSize(1);

      redis.command("ACL", "SETUSER", "app", "+@all");
      redis.command("CLIENT", "KILL", "USER", "app");

      FaultRig.within(FaultRig.LIMIT)
          .ignoreExceptions() // it may be under way when the connection ends
          .until(() -> rig.answer(toAlice()).route() == Route.TARGETED);
      FaultRig.within(FaultRig.LIMIT).until(() -> rig.notes().isEmpty());
    }
  }

  @Test
  void permissionsThatAreTakenAwayUnderLoadLoseAndRepeatNothing() throws Exception {
    for (String taken : List.of("-evalsha", "-pubsub")) {
      try (TargetedRig rig = new TargetedRig(redis, user())) {
        rig.publish(1_000);
        rig.assertAllReceived();
        redis.command("ACL", "SETUSER", "app", taken);
        rig.publish(3_000);

        assertThat(ways(rig.assertAllReceived()))
            .containsExactly(Route.COMMON, Route.TARGETED, Route.NOT_PERMITTED);
        assertThat(rig.notes()).hasSize(1);
      }
    }
  }

  @Test
  void joinSaysThatItIsPermittedAgain() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, user("-evalsha"))) {
      rig.publish(4);
      rig.assertAllReceived();
      redis.command("ACL", "SETUSER", "app", "+evalsha");
      assertThat(rig.answer(TargetedRig.message("x").to(TargetedRig.targeted("x"))).route())
          .isEqualTo(Route.NOT_PERMITTED);

      PublishAnswer join = rig.answer(TargetedRig.message("j").withDetour(TargetedRig.GROUP));

      assertThat(join.route()).isEqualTo(Route.COMMON);
      assertThat(
              rig.answer(TargetedRig.message("x").to(TargetedRig.targeted(TargetedRig.GROUP)))
                  .route())
          .isEqualTo(Route.DETOUR);
    }
  }

  @Test
  void joinWhoseDetourCannotBeSetIsRejectedAndOthersAreStillTargeted() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, user("-set"))) {
      Sent join =
          TargetedRig.send(rig.publisher, TargetedRig.message("j").withDetour(TargetedRig.GROUP));

      assertThat(join).failsWithin(FaultRig.LIMIT);
      assertThat(join.failure).isEqualTo(PublishFailure.REJECTED);
      rig.publish(40);
      assertThat(ways(rig.assertAllReceived())).containsExactly(Route.COMMON, Route.TARGETED);
      assertThat(rig.notes()).isEmpty();
    }
  }

  @Test
  void withoutTheKeysOfDetoursGroupsAreNotTargeted() throws Exception {
    String uri = user("resetkeys", "~chat:redis-fanout:fence");
    try (TargetedRig rig = new TargetedRig(redis, uri)) {
      assertThat(rig.answer(toAlice()).route()).isEqualTo(Route.TARGETED);
      assertThat(rig.answer(TargetedRig.message("j").withDetour(TargetedRig.GROUP)).route())
          .isEqualTo(Route.NOT_PERMITTED);
      assertThat(rig.notes()).hasSize(1);
      FaultRig.within(FaultRig.LIMIT).until(() -> rig.received.messages().size() == 2);
      rig.received.messages().clear();

      rig.publish(40);

      assertThat(ways(rig.assertAllReceived())).containsExactly(Route.COMMON, Route.NOT_PERMITTED);
    }
  }

  /** A detour that cannot be looked for is taken. */
  @Test
  void groupWhoseDetourMayNotBeReadTakesTheCommonChannel() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, user("-exists"))) {
      rig.publish(40);

      List<Route> routes = rig.assertAllReceived();

      assertThat(routes.subList(0, 4))
          .containsExactly(Route.COMMON, Route.TARGETED, Route.DETOUR, Route.TARGETED);
    }
  }

  @Test
  void channelThatIsNotPermittedConcernsItsMessagesOnly() throws Exception {
    String uri =
        user("resetchannels", "&chat", "&chat:redis-fanout:routed", "&chat:u:a", "&chat:g:*");
    try (TargetedRig rig = new TargetedRig(redis, uri)) {
      List<Sent> sent = rig.publish(400);
      Sent none =
          TargetedRig.send(
              rig.publisher, TargetedRig.message("n").to(TargetedRig.targeted(TargetedRig.B)));

      assertThat(none).failsWithin(FaultRig.LIMIT);
      assertThat(none.failure).isEqualTo(PublishFailure.REJECTED);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < sent.size(); i++) {
        if (i % 4 == 3) {
          assertThat(sent.get(i)).failsWithin(FaultRig.LIMIT);
          assertThat(sent.get(i).failure).isEqualTo(PublishFailure.UNKNOWN);
        } else {
          assertThat(sent.get(i)).succeedsWithin(FaultRig.LIMIT);
        }
        expected.add(
            List.of(TargetedRig.CHANNEL, TargetedRig.A, TargetedRig.GROUP, TargetedRig.A).get(i % 4)
                + " m"
                + i);
      }
      FaultRig.within(FaultRig.LIMIT).until(() -> rig.received().size() >= expected.size());
      assertThat(rig.received()).isEqualTo(expected);
      assertThat(rig.notes()).isEmpty();
    }
  }

  /** What a batch has to wait for, and what ends it; the messages then go out once and in order. */
  private static void assertGoesOnAfter(Runnable cause, Runnable cure) throws Exception {
    // The node itself may lose its subscription meanwhile.
    try (TargetedRig rig = new TargetedRig(redis, redis.uri());
        Connection plain = new Connection("127.0.0.1", redis.port())) {
      plain.setTimeoutInfinite();
      plain.sendCommand(Command.SUBSCRIBE, TargetedRig.CHANNEL, TargetedRig.MARKER, TargetedRig.A);
      for (int i = 0; i < 3; i++) {
        plain.getOne();
      }
      rig.publish(4);
      rig.assertAllReceived();
      cause.run();
      List<Sent> waiting = rig.publish(400);
      FaultRig.within(FaultRig.LIMIT).until(() -> events(rig, Kind.FENCE_REFUSED) >= 1);
      assertThat(waiting).noneMatch(CompletableFuture::isDone);

      cure.run();

      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 404; i++) {
        Route route = i < 4 ? Route.TARGETED : waiting.get(i - 4).get(20, TimeUnit.SECONDS).route();
        assertThat(route).isIn(Route.COMMON, Route.TARGETED, Route.OTHER_SUBSCRIBERS);
        boolean byUser = route == Route.TARGETED && i % 4 != 0;
        if (!byUser || i % 4 != 2) {
          expected.add((byUser ? TargetedRig.A : TargetedRig.CHANNEL) + " m" + i);
        }
      }
      List<String> received = new ArrayList<>();
      while (received.size() < expected.size()) {
        List<?> message = (List<?>) plain.getUnflushedObject();
        received.add(text(message.get(1)) + " " + text(message.get(2)));
      }
      assertThat(received).isEqualTo(expected);
    }
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }

  @Test
  void replicaRefusesAWholeBatchWhichGoesOutOnceItIsMasterAgain() throws Exception {
    assertGoesOnAfter(
        () -> redis.command("REPLICAOF", "127.0.0.1", "1"),
        () -> redis.command("REPLICAOF", "NO", "ONE"));
  }

  @Test
  void busyServerRefusesAWholeBatchWhichGoesOutWhenItsScriptHasEnded() throws Exception {
    List<BusyScript> script = new ArrayList<>();
    try {
      assertGoesOnAfter(() -> script.add(new BusyScript(redis)), () -> script.remove(0).close());
    } finally {
      script.forEach(BusyScript::close);
    }
  }

  @Test
  void fullMemoryIsNoReasonToWaitButForADetour() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, redis.uri())) {
      rig.publish(4);
      rig.assertAllReceived();
      redis.command("CONFIG", "SET", "maxmemory", "1");

      rig.publish(400);
      assertThat(ways(rig.assertAllReceived())).containsExactly(Route.COMMON, Route.TARGETED);
      Sent join =
          TargetedRig.send(rig.publisher, TargetedRig.message("j").withDetour(TargetedRig.GROUP));

      assertThat(join).failsWithin(FaultRig.LIMIT);
      assertThat(join.failure).isEqualTo(PublishFailure.REJECTED);
      assertThat(rig.notes()).isEmpty();
      assertThat(events(rig, Kind.UNFENCED)).isEqualTo(events(rig, Kind.FENCE_REFUSED));
    }
  }

  @Test
  void masterWhoseReplicaIsGoneGoesOnTargeting() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, redis.uri())) {
      rig.publish(4);
      rig.assertAllReceived();
      redis.command("CONFIG", "SET", "min-replicas-to-write", "1");

      rig.publish(400);

      assertThat(ways(rig.assertAllReceived())).containsExactly(Route.COMMON, Route.TARGETED);
      assertThat(events(rig, Kind.UNFENCED)).isPositive();
    }
  }

  @Test
  void subscriberOfAPatternIsNotTakenForARecipient() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, redis.uri());
        Connection monitor = new Connection("127.0.0.1", redis.port())) {
      monitor.sendCommand(Command.PSUBSCRIBE, "chat*");
      monitor.getOne();

      PublishAnswer answer =
          rig.answer(
              TargetedRig.message("x").to(TargetedRig.targeted(TargetedRig.A, "chat:u:nobody")));

      assertThat(answer.route()).isEqualTo(Route.TARGETED);
      assertThat(answer.subscribers(0)).isEqualTo(1);
      assertThat(answer.subscribers(1)).as("offline").isZero();
      assertThat(answer.nodes()).isEqualTo(1);
    }
  }

  @Test
  void withoutRecipientsNothingIsSentButTransactionsOfPublishes() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, redis.uri())) {
      rig.answer(TargetedRig.message("before"));
      redis.command("CONFIG", "RESETSTAT");
      long[] answers = new long[50];
      List<Sent> sent = new ArrayList<>();
      for (int i = 0; i < answers.length; i++) {
        sent.add(TargetedRig.send(rig.publisher, TargetedRig.message("m" + i)));
      }
      sent.forEach(Sent::join);

      assertThat(commands()).contains("multi", "del", "publish", "exec");
      assertThat(commands())
          .isSubsetOf(
              "multi",
              "del",
              "publish",
              "exec",
              "role",
              "subscribe",
              "config",
              "config|resetstat",
              "info");

      rig.answer(TargetedRig.message("x").to(TargetedRig.targeted(TargetedRig.A)));
      assertThat(commands()).as("what would have been seen").contains("evalsha");
    }
  }

  private static Set<String> commands() {
    return redis
        .command("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_"))
        .map(line -> line.replaceAll("^cmdstat_(.*?):.*$", "$1"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void detourEndsByItself() throws Exception {
    try (TargetedRig rig = new TargetedRig(redis, redis.uri())) {
      rig.answer(TargetedRig.message("j").withDetour(TargetedRig.GROUP));

      long left =
          Long.parseLong(redis.command("PTTL", "chat:redis-fanout:detour:" + TargetedRig.GROUP));

      assertThat(left).isBetween(1L, Recipients.DETOUR.toMillis());
    }
  }
}
