package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.MessageAuthentication;
import io.github.redisfanout.OverflowPolicy;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Routing;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.docs.Document;
import io.github.redisfanout.it.docs.SnippetCompiler;
import io.github.redisfanout.micrometer.FanoutMetrics;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.FaultProxy.Direction;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;

/** Each meter of the table in docs/metrics.md, with the value that was caused. */
@Timeout(60)
class MetricsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  /** Every series that a test has looked at, to be compared with the table. */
  private static final Set<String> seen = new TreeSet<>();

  private static final Set<String> passed = new TreeSet<>();

  @RegisterExtension
  static final AfterTestExecutionCallback notePassed =
      context -> {
        if (context.getExecutionException().isEmpty()) {
          passed.add(context.getRequiredTestMethod().getName());
        }
      };

  private final FaultProxy proxy = FaultProxy.to(redis.port());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final RecordingTransport alice = new RecordingTransport();
  private final List<RedisFanout> nodes = new ArrayList<>();

  private static FanoutConfig.Builder config() {
    return FanoutConfig.builder(Nodes.CHANNEL);
  }

  private RedisFanout start(FanoutConfig.Builder config) throws InterruptedException {
    return start(builder(config));
  }

  private RedisFanout.Builder builder(FanoutConfig.Builder config) {
    return RedisFanout.builder(
        RedisEndpoint.of("redis://127.0.0.1:" + proxy.port()), config.build());
  }

  private RedisFanout start(RedisFanout.Builder builder) throws InterruptedException {
    RedisFanout node = builder.start();
    nodes.add(node);
    assertThat(node.awaitReady(Duration.ofSeconds(20))).isTrue();
    new FanoutMetrics(node, Tags.of("node", "a")).bindTo(meters);
    return node;
  }

  private static void publish(RedisFanout node, int messages) throws InterruptedException {
    for (int i = 0; i < messages; i++) {
      node.publisher().publishAndWait(List.of("alice"), i, Duration.ofSeconds(20));
    }
  }

  /** Publishes what no node would publish. */
  private static void publishRaw(String message, int times) {
    redis.command(
        "EVAL",
        "for i = 1, ARGV[2] do redis.call('PUBLISH', KEYS[1], ARGV[1]) end",
        "1",
        Nodes.CHANNEL,
        message,
        String.valueOf(times));
  }

  private double value(String name, String... tags) {
    String meter = "redis.fanout." + name;
    seen.add(meter + List.of(tags));
    Meter found = meters.get(meter).tags(tags).tags("node", "a").meter();
    return found instanceof FunctionTimer timer
        ? timer.count()
        : found.measure().iterator().next().getValue();
  }

  private void awaitValue(double expected, String name, String... tags) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(value(name, tags)).as(name).isEqualTo(expected));
  }

  @AfterEach
  void close() {
    nodes.forEach(RedisFanout::close);
    proxy.close();
  }

  // ---- the table

  private static Set<String> documented() throws Exception {
    Set<String> series = new TreeSet<>();
    for (List<String> row : Document.read("docs/metrics.md").rows()) {
      String name = row.get(0).replace("`", "");
      List<String> tag = CODE.matcher(row.get(1)).results().map(code -> code.group(1)).toList();
      if (tag.isEmpty()) {
        series.add(name + "[]");
      }
      tag.stream()
          .skip(1)
          .forEach(value -> series.add(name + "[" + tag.get(0) + ", " + value + "]"));
    }
    return series;
  }

  @AfterAll
  static void everySeriesOfTheTableWasCaused() throws Exception {
    long tests =
        Stream.of(MetricsTest.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .count();
    if (passed.size() == tests) { // and not a single one that somebody wanted to see
      assertThat(seen).isEqualTo(documented());
    }
  }

  @Test
  void tableNamesEveryMeterAndNoOther() throws Exception {
    start(config());

    Set<String> registered =
        meters.getMeters().stream()
            .map(
                meter ->
                    meter.getId().getName()
                        + meter.getId().getTags().stream()
                            .filter(tag -> !tag.getKey().equals("node"))
                            .map(tag -> tag.getKey() + ", " + tag.getValue())
                            .toList())
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(registered).isEqualTo(documented()).hasSizeGreaterThan(30);
    assertThat(meters.getMeters())
        .allMatch(meter -> meter.getId().getDescription() != null)
        .allMatch(meter -> meter.getId().getTags().contains(Tag.of("node", "a")));
  }

  @Test
  void snippetRegistersThem(@TempDir Path directory) throws Exception {
    Class<?> snippet =
        new SnippetCompiler(directory)
            .load(
                "Metrics",
                "public class Metrics { public static void bind("
                    + "RedisFanout fanout, MeterRegistry meterRegistry) {"
                    + Document.read("docs/metrics.md").snippet("metrics")
                    + "}}");
    try (RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(redis.uri()), config().build()).build()) {
      snippet.getMethod("bind", RedisFanout.class, MeterRegistry.class).invoke(null, node, meters);

      assertThat(meters.get("redis.fanout.sessions").tags("node", "chat-1").gauge().value())
          .isZero();
    }
  }

  @Test
  void metersLiveAsLongAsTheNode() throws Exception {
    RedisFanout node = start(config());
    publish(node, 1);
    System.gc(); // nothing refers to FanoutMetrics

    assertThat(value("health", "status", "up")).isNotNaN();
    publish(node, 1);
    awaitValue(2, "publish");
  }

  @Test
  void metersDoNotKeepANodeFromBeingCollected() {
    WeakReference<RedisFanout> node = bound();

    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              System.gc();
              return node.get() == null;
            });
    assertThat(meters.getMeters()).isNotEmpty();
  }

  private WeakReference<RedisFanout> bound() {
    RedisFanout node = RedisFanout.builder(RedisEndpoint.of(redis.uri()), config().build()).build();
    new FanoutMetrics(node).bindTo(meters);
    node.close();
    return new WeakReference<>(node);
  }

  @Test
  void metersOfAClosedNodeMakeRoomForThoseOfTheNext() throws Exception {
    FanoutMetrics first = new FanoutMetrics(start(config()), Tags.of("node", "a"));
    FanoutMetrics other = new FanoutMetrics(start(config()), Tags.of("node", "b"));
    other.bindTo(meters);
    int both = meters.getMeters().size();
    first.removeFrom(meters);
    first.removeFrom(meters);

    assertThat(meters.getMeters())
        .hasSize(both / 2)
        .allMatch(meter -> "b".equals(meter.getId().getTag("node")));
    publish(start(config()), 1);
    awaitValue(1, "publish");
  }

  @Test
  void metersAreRemovedWhateverAFilterMadeOfTheirTags() throws Exception {
    MeterRegistry filtered = new SimpleMeterRegistry();
    filtered
        .config()
        .commonTags("application", "chat")
        .meterFilter(MeterFilter.renameTag("redis.fanout", "code", "close"));
    try (RedisFanout node = RedisFanout.connect(redis.uri(), Nodes.CHANNEL)) {
      FanoutMetrics metrics = new FanoutMetrics(node, Tags.of("reason", "mine"));
      metrics.bindTo(filtered);
      assertThat(filtered.getMeters()).isNotEmpty();

      metrics.removeFrom(filtered);

      assertThat(filtered.getMeters()).isEmpty();
    }
  }

  @Test
  void publishOnlyNodeHasTheSameMeters() throws Exception {
    RedisFanout node = start(builder(config()).publishOnly());
    publish(node, 1);

    awaitValue(1, "publish");
    awaitHealth("up");
    assertThat(value("received")).isZero();
    assertThat(value("sessions")).isZero();
  }

  // ---- publishing

  @Test
  void publishesAndHowLongTheyTook() throws Exception {
    RedisFanout node = start(config());
    long before = System.nanoTime();
    publish(node, 3);
    long took = System.nanoTime() - before;

    awaitValue(3, "publish");
    double seconds = meters.get("redis.fanout.publish").functionTimer().totalTime(TimeUnit.SECONDS);
    assertThat(seconds).isPositive().isLessThanOrEqualTo(took / 1e9);
    awaitValue(3, "received");
  }

  @Test
  void publishesByTheirWay() throws Exception {
    String marker = Nodes.CHANNEL + ":redis-fanout:routed";
    List<Connection> others = new ArrayList<>();
    try {
      for (int i = 0; i < 6; i++) {
        others.add(subscriber(Nodes.CHANNEL, marker)); // looks like a node
      }
      RedisFanout node = start(builder(config().routing(Routing.ADAPTIVE)).publishOnly());
      publish(node, 2);
      List<String> many = IntStream.range(0, 100).mapToObj(String::valueOf).toList();
      node.publisher().publishAndWait(many, 1, Duration.ofSeconds(20));
      node.publisher().join(Audience.everyone(), "group").get(20, TimeUnit.SECONDS);
      node.publisher().publishAndWait(Audience.group("group"), 1, Duration.ofSeconds(20));

      awaitValue(1, "publish.common", "reason", "nodes_unknown");
      awaitValue(1, "publish.targeted");
      awaitValue(1, "publish.common", "reason", "cheaper");
      awaitValue(1, "publish.common", "reason", "audience");
      awaitValue(1, "publish.common", "reason", "detour");
      others.add(subscriber(Nodes.CHANNEL));
      publish(node, 1);
      awaitValue(1, "publish.common", "reason", "other_subscribers");
      redis.command("ACL", "SETUSER", "default", "-evalsha");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                publish(node, 1);
                return value("publish.common", "reason", "not_permitted") > 0;
              });
    } finally {
      redis.command("ACL", "SETUSER", "default", "+@all");
      others.forEach(Connection::close);
    }
  }

  private static Connection subscriber(String... channels) {
    Connection connection = new Connection("127.0.0.1", redis.port());
    connection.sendCommand(Protocol.Command.SUBSCRIBE, channels);
    for (int i = 0; i < channels.length; i++) {
      connection.getOne(); // the confirmation
    }
    return connection;
  }

  @Test
  void publishesThatFailed() throws Exception {
    RedisConfig impatient = RedisConfig.builder().publishTimeout(Duration.ofMillis(50)).build();
    try (RedisFanout receiving = RedisFanout.connect(redis.uri(), Nodes.CHANNEL)) {
      assertThat(receiving.awaitReady(Duration.ofSeconds(20))).isTrue();
      receiving.open("alice", alice);
      RedisFanout node = start(builder(config()).redis(impatient).publishOnly());
      Publisher publisher = node.publisher();
      // The first message of a connection waits until the fence was tried.
      publisher.publishAndWait(List.of("alice"), "first", Duration.ofSeconds(20));

      proxy.stall(Direction.SERVER_TO_CLIENT);
      publisher.publish(List.of("alice"), "unanswered");
      alice.awaitText("\"unanswered\"");
      proxy.refuse();
      proxy.cut();
      awaitValue(1, "publish.failures", "outcome", "unknown");

      publisher.publish(List.of("alice"), 2);
      awaitValue(1, "publish.failures", "outcome", "expired");

      node.close();
      for (int i = 0; i < 3; i++) {
        publisher.publish(List.of("alice"), 3);
      }
      awaitValue(3, "publish.failures", "outcome", "rejected");
    }
  }

  @Test
  void eventsOfTheServer() throws Exception {
    RedisConfig curious = RedisConfig.builder().probeInterval(Duration.ofMillis(200)).build();
    try (RedisProcess other = RedisProcess.start()) {
      RedisFanout node = start(builder(config()).redis(curious));
      redis.command("CONFIG", "SET", "min-replicas-to-write", "1");
      publish(node, 1);
      redis.command("CONFIG", "SET", "min-replicas-to-write", "0");
      awaitValue(1, "backplane.events", "kind", "fence_refused");
      awaitValue(1, "backplane.events", "kind", "unfenced");

      proxy.redirect(other.port()); // where a new connection leads to
      awaitValue(1, "backplane.events", "kind", "moved");

      other.command("REPLICAOF", "127.0.0.1", "1");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> value("backplane.events", "kind", "wrong_role") >= 1);
    } finally {
      redis.command("CONFIG", "SET", "min-replicas-to-write", "0");
    }
  }

  @Test
  void publishesThatWait() throws Exception {
    List<ConnectionState> publishing = new CopyOnWriteArrayList<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onPublishing(ConnectionState state, String reason) {
            publishing.add(state);
          }
        };
    RedisConfig patient = RedisConfig.builder().publishTimeout(Duration.ofSeconds(30)).build();
    RedisFanout node = start(builder(config()).redis(patient).listener(listener));
    proxy.refuse();
    proxy.cut();
    // Not the node's health: that is DOWN as soon as it does not receive.
    await().atMost(Duration.ofSeconds(20)).until(() -> publishing.contains(ConnectionState.DOWN));
    node.publisher().publish(List.of("alice"), 1);
    node.publisher().publish(List.of("alice"), 2);

    awaitValue(2, "publish.buffer.messages");
    int bytes = "{\"target_user_ids\":[\"alice\"],\"payload\":1}".length();
    awaitValue(2 * bytes, "publish.buffer.bytes");
    proxy.accept();
    awaitValue(0, "publish.buffer.messages");
    awaitValue(0, "publish.buffer.bytes");
    awaitValue(2, "publish");
  }

  // ---- receiving

  @Test
  void messagesThatAreNotTaken() throws Exception {
    byte[] key = new byte[32];
    RedisFanout node =
        start(config().authentication(MessageAuthentication.hmacSha256(key).acceptingUnsigned()));
    publishRaw("{", 2);
    awaitValue(2, "malformed");
    publishRaw("{\"target_user_ids\":[]}", 1);
    awaitValue(1, "addressed.to.nobody");
    publishRaw("{\"target_user_ids\":[null,7,{}]}", 1);
    awaitValue(2, "undeliverable.ids");
    publishRaw("{\"to\":{\"roles\":[\"admin\"]},\"payload\":1}", 3);
    awaitValue(3, "undeliverable.messages");
    publishRaw("{\"to\":{\"everyone\":true},\"control\":{\"join\":{\"group\":\"g\"}}}", 2);
    awaitValue(2, "control.refused");
    awaitValue(9, "received");
    assertThat(value("unauthenticated")).isZero();
    assertThat(value("control.taken")).isZero();
    node.close();

    meters.clear();
    start(config().authentication(MessageAuthentication.hmacSha256(key)));
    publishRaw("{\"target_user_ids\":[]}", 1);
    awaitValue(1, "unauthenticated");
    assertThat(value("malformed")).isZero();
  }

  @Test
  void controlThatIsTakenAndGroupsThatAreJoined() throws Exception {
    RedisFanout node = start(config());
    node.open("alice", alice).join("room-1");
    awaitValue(1, "joins");

    node.publisher().join(Audience.user("alice"), "room-2");
    awaitValue(2, "joins");
    node.publisher().leave(Audience.user("alice"), "room-2");
    node.publisher().disconnect(Audience.everyone(), new Disconnect(4403, "banned"));
    awaitValue(3, "control.taken");
    assertThat(value("control.refused")).isZero();
    assertThat(value("undeliverable.messages")).isZero();
  }

  @Test
  void usersThatCannotBeWritten() throws Exception {
    String key = Nodes.CHANNEL + ":redis-fanout:presence:nodes";
    redis.command("SET", key, "of another type");
    try {
      start(config().trackPresence(true));

      awaitValue(1, "presence.failures");
    } finally {
      redis.command("DEL", key);
    }
  }

  @Test
  void gapsAndHowLongTheyLasted() throws Exception {
    List<Gap> reported = new CopyOnWriteArrayList<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onGap(Gap gap) {
            reported.add(gap);
          }
        };
    start(builder(config()).listener(listener));
    redis.command("CLIENT", "KILL", "TYPE", "pubsub");

    awaitValue(1, "gaps");
    awaitValue(1, "reconnects");
    await().atMost(Duration.ofSeconds(20)).until(() -> reported.size() == 1);
    Gap gap = reported.get(0);
    long missed = Duration.between(gap.from(), gap.until()).toMillis();
    assertThat(value("missed.time")).isEqualTo(missed / 1e3).isPositive();
  }

  @Test
  void statesOfANode() throws Exception {
    RedisConfig probing = RedisConfig.builder().probeInterval(Duration.ofSeconds(1)).build();
    RedisFanout node = start(builder(config()).redis(probing));
    awaitHealth("up");
    assertThat(value("probe.round.trip")).isBetween(1e-6, 20.0);
    redis.command("ACL", "SETUSER", "default", "-publish");
    try {
      awaitHealth("degraded");
    } finally {
      redis.command("ACL", "SETUSER", "default", "+publish");
    }
    node.drain(Duration.ZERO);
    awaitHealth("draining");
    node.close();
    awaitHealth("down");
  }

  private void awaitHealth(String expected) {
    awaitValue(1, "health", "status", expected);
    for (String status : List.of("up", "degraded", "draining", "down")) {
      awaitValue(status.equals(expected) ? 1 : 0, "health", "status", status);
    }
  }

  // ---- sessions

  @Test
  void closingCountsConnectionsThatOutliveTheirSessions() throws Exception {
    RedisFanout node = start(config());
    AtomicBoolean holds = new AtomicBoolean(true);
    RecordingTransport stuck =
        new RecordingTransport() {
          @Override
          public boolean isClosing() {
            return holds.get();
          }
        };

    node.open("alice", stuck).clientLeft();

    assertThat(value("closing")).isOne();
    holds.set(false);
    assertThat(value("closing")).isZero();
  }

  @Test
  void sessionsAndUsersAreCountedAndGoBackToZero() throws Exception {
    RedisFanout node = start(config());
    List<FanoutSession> sessions =
        List.of(
            node.open("alice", alice),
            node.open("alice", new RecordingTransport()),
            node.open("bob", new RecordingTransport()));

    assertThat(value("sessions")).isEqualTo(3);
    assertThat(value("users")).isEqualTo(2);
    sessions.get(0).clientLeft();
    assertThat(value("users")).isEqualTo(2);
    sessions.forEach(FanoutSession::clientLeft);
    assertThat(value("sessions")).isZero();
    assertThat(value("users")).isZero();
  }

  @Test
  void whatWaitsForAClientAndWhatReachedIt() throws Exception {
    RedisFanout node = start(config());
    alice.hold();
    node.open("alice", alice);
    publish(node, 4);

    awaitValue(4, "queued");
    awaitValue(4, "pending");
    awaitValue(3, "queue.max");
    assertThat(value("delivered")).isZero();
    for (int i = 0; i < 4; i++) {
      int next = i;
      await().atMost(Duration.ofSeconds(20)).until(() -> alice.held().size() > next);
      alice.held().get(next).ok();
    }
    awaitValue(4, "delivered");
    awaitValue(0, "pending");
  }

  @Test
  void whatWaitsInALane() throws Exception {
    RedisFanout node = start(config());
    node.open("alice", alice);
    node.publisher().publishAndWait(List.of("alice"), "x".repeat(10_000), Duration.ofSeconds(20));

    // The message and what the library keeps beside it.
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(value("lane.max")).isBetween(10_002.0, 11_000.0));
  }

  @Test
  void whatAFullQueueDrops() throws Exception {
    RedisFanout node =
        start(config().sessionQueueMessages(1).overflowPolicy(OverflowPolicy.DROP_NEWEST));
    alice.hold();
    FanoutSession session = node.open("alice", alice);
    publish(node, 5);

    awaitValue(3, "dropped", "reason", "queue_full");
    session.clientLeft();
    awaitValue(2, "dropped", "reason", "session_closed");
  }

  @Test
  void whatAFullLaneDrops() throws Exception {
    RedisFanout node = start(config().deliveryBufferBytes(1));
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    node.open(
        "alice",
        new RecordingTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            entered.countDown();
            leave.await();
            super.write(payload, done);
          }
        });
    publish(node, 1);
    entered.await();
    publish(node, 2);

    awaitValue(2, "dropped", "reason", "lane_full");
    leave.countDown();
  }

  @Test
  void failuresOfATransportAndClosesByCode() throws Exception {
    RedisFanout node = start(config());
    alice.failWith(new IllegalStateException("broken"));
    node.open("alice", alice);
    publish(node, 1);
    awaitValue(1, "dropped", "reason", "write_failed");
    awaitValue(1, "disconnects", "code", "1011");
    awaitValue(1, "user.code.failures");

    List<Disconnect> reasons =
        List.of(
            Disconnect.GOING_AWAY,
            Disconnect.TOO_MANY_SESSIONS,
            Disconnect.REPLACED,
            Disconnect.TOO_LONG,
            Disconnect.SLOW_CLIENT,
            new Disconnect(4000, "own"));
    for (Disconnect why : reasons) {
      node.open("alice", new RecordingTransport()).disconnect(why);
    }
    for (String code : List.of("1001", "1013", "4409", "4413", "4429", "other")) {
      awaitValue(1, "disconnects", "code", code);
    }
  }

  @Test
  void writesThatBlock() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    RecordingTransport blocking =
        new RecordingTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            release.await();
            super.write(payload, done);
          }
        };
    RedisFanout node = start(config().writeTimeout(Duration.ofMillis(200)));
    node.open("alice", blocking).send(1);

    awaitValue(1, "blocked.writes");
    release.countDown();
  }

  private static void disconnectOne(RedisFanout node) {
    node.open("alice", new RecordingTransport()).disconnect(Disconnect.FAILED);
  }

  @Test
  void refusedHandshakesByReason() throws Exception {
    RedisFanout node = start(config());
    for (HandshakeRefusal reason : HandshakeRefusal.values()) {
      String tag = reason.name().toLowerCase(Locale.ROOT);
      assertThat(value("handshakes.refused", "reason", tag)).isZero();
      for (int i = 0; i <= reason.ordinal(); i++) {
        node.handshakeRefused(reason);
      }
      awaitValue(reason.ordinal() + 1, "handshakes.refused", "reason", tag);
    }
  }

  @Test
  void eventsThatAListenerIsTooSlowFor() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onDisconnect(FanoutSession session, Disconnect why) {
            entered.countDown();
            try {
              leave.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    RedisFanout node = start(builder(config()).listener(listener)); // up: there are no others
    disconnectOne(node);
    entered.await();
    for (int i = 0; i < 1_005; i++) {
      disconnectOne(node);
    }

    awaitValue(5, "listener.events.dropped");
    leave.countDown();
  }
}
