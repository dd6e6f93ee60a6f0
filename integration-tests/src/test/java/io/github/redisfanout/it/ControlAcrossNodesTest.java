package io.github.redisfanout.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.MessageAuthentication;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a node lets others do with its sessions, and the groups that it gives them itself. */
@Timeout(120)
class ControlAcrossNodesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String END = "\"end\"";
  private static final Disconnect BANNED = new Disconnect(4403, "banned");
  private static final MessageAuthentication KEY =
      MessageAuthentication.hmacSha256("a key of thirty-two bytes or more".getBytes(UTF_8));

  private final String channel = "test-" + UUID.randomUUID();
  private final List<Nodes> open = new ArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>();

  @AfterEach
  void closeNodes() {
    open.forEach(Nodes::close);
  }

  private FanoutConfig.Builder config() {
    return FanoutConfig.builder(channel);
  }

  private RedisFanout start(FanoutConfig.Builder config) throws InterruptedException {
    Nodes nodes = new Nodes(redis.uri(), config.build());
    open.add(nodes);
    return nodes.start(
        new FanoutListener() {
          @Override
          public void onControlRefused(String rule) {
            refused.add(rule);
          }
        });
  }

  private static Receipt get(CompletableFuture<Receipt> future) throws Exception {
    return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static void awaitEnd(RedisFanout publishing, RecordingTransport... transports)
      throws InterruptedException {
    publishing.publisher().publishAndWait(Audience.everyone(), "end", LIMIT);
    for (RecordingTransport transport : transports) {
      transport.awaitText(END);
    }
  }

  private static RecordingTransport open(RedisFanout node, String userId) {
    RecordingTransport transport = new RecordingTransport();
    node.open(userId, transport);
    return transport;
  }

  @Test
  void nodeThatAcceptsNoControlKeepsItsSessionsAsTheyAre() throws Exception {
    RedisFanout accepting = start(config());
    RedisFanout refusing = start(config().acceptControl(false));
    RecordingTransport there = open(accepting, "alice");
    RecordingTransport here = new RecordingTransport();
    FanoutSession session = refusing.open("alice", here);
    session.join("kept");

    get(accepting.publisher().join(Audience.everyone(), "room"));
    get(refusing.publisher().leave(Audience.everyone(), "kept"));
    Receipt receipt = get(refusing.publisher().disconnect(Audience.user("alice"), BANNED));

    assertThat(receipt.nodes()).as("that received it").isEqualTo(2);
    assertThat(there.awaitDisconnect()).isEqualTo(BANNED);
    awaitEnd(accepting, here);
    assertThat(session.groups()).containsExactly("kept");
    assertThat(here.disconnects()).isEmpty();
    assertThat(refusing.counters().controlRefused()).isEqualTo(3);
    assertThat(refusing.counters().controlTaken()).isZero();
    assertThat(accepting.counters().controlTaken()).isEqualTo(3);
    await().atMost(LIMIT).until(() -> !refused.isEmpty());
    assertThat(refused).containsExactly("acceptControl is false"); // once in 10 s
  }

  @Test
  void unsignedControlIsRefusedAlsoWhereUnsignedMessagesAreAccepted() throws Exception {
    RedisFanout strict = start(config().authentication(KEY));
    RedisFanout lenient = start(config().authentication(KEY.acceptingUnsigned()));
    RecordingTransport onStrict = open(strict, "alice");
    RecordingTransport onLenient = open(lenient, "alice");

    String everyone = "{\"target_user_ids\":[],\"to\":{\"everyone\":true},";
    redis.command(
        "PUBLISH",
        channel,
        everyone + "\"control\":{\"disconnect\":{\"code\":4403,\"reason\":\"banned\"}}}");
    redis.command("PUBLISH", channel, everyone + "\"control\":{\"join\":{\"group\":\"room\"}}}");
    redis.command("PUBLISH", channel, everyone + "\"payload\":\"unsigned\"}");
    awaitEnd(strict, onStrict, onLenient);

    assertThat(onStrict.texts()).containsExactly(END);
    assertThat(onLenient.texts()).containsExactly("\"unsigned\"", END);
    assertThat(strict.counters().unauthenticated()).isEqualTo(3);
    assertThat(lenient.counters().unauthenticated()).isZero();
    assertThat(lenient.counters().controlRefused()).isEqualTo(2);
    assertThat(lenient.sessions().get(0).groups()).isEmpty();
    await().atMost(LIMIT).until(() -> !refused.isEmpty());
    assertThat(refused).containsExactly("control is not signed");

    get(strict.publisher().disconnect(Audience.everyone(), BANNED));

    assertThat(onStrict.awaitDisconnect()).isEqualTo(BANNED);
    assertThat(onLenient.awaitDisconnect()).isEqualTo(BANNED);
    assertThat(lenient.counters().controlTaken()).isEqualTo(1);
  }

  @Test
  void groupsOfTheUserAreJoinedAtOpenAndAgainAfterAReconnect() throws Exception {
    Map<String, Collection<String>> stored = new ConcurrentHashMap<>();
    stored.put("alice", List.of("red", "blue"));
    RedisFanout first = start(config().groupsOf(user -> stored.getOrDefault(user, List.of())));
    RedisFanout second = start(config().groupsOf(user -> stored.getOrDefault(user, List.of())));
    RecordingTransport alice = new RecordingTransport();
    FanoutSession session = first.open("alice", alice);
    RecordingTransport bob = open(second, "bob");
    assertThat(session.groups()).containsExactlyInAnyOrder("red", "blue");

    second.publisher().publishAndWait(Audience.group("red"), "one", LIMIT);
    alice.awaitText("\"one\"");
    session.clientLeft();
    assertThat(session.groups()).isEmpty();
    stored.put("alice", List.of("red", "green"));
    RecordingTransport again = new RecordingTransport();
    assertThat(second.open("alice", again).groups()).containsExactlyInAnyOrder("red", "green");
    first.publisher().publishAndWait(Audience.group("blue"), "none", LIMIT);
    first.publisher().publishAndWait(Audience.group("red"), "two", LIMIT);
    awaitEnd(first, again, bob);

    assertThat(again.texts()).containsExactly("\"two\"", END);
    assertThat(bob.texts()).containsExactly(END);
    assertThat(alice.texts()).containsExactly("\"one\"");
    assertThat(first.counters().joins() + second.counters().joins()).isEqualTo(4);
  }

  @Test
  void sessionWhoseGroupsAreNotKnownIsClosedAndCounted() throws Exception {
    RedisFanout node =
        start(
            config()
                .maxGroupsPerSession(2)
                .groupsOf(
                    user ->
                        switch (user) {
                          case "broken" -> throw new IllegalStateException("thrown by the test");
                          case "null" -> null;
                          case "nameless" -> List.of("");
                          case "many" -> List.of("one", "two", "three");
                          default -> List.of();
                        }));
    for (String user : List.of("broken", "null", "nameless", "many")) {
      RecordingTransport closed = new RecordingTransport();
      FanoutSession session = node.open(user, closed);

      assertThat(closed.awaitDisconnect()).as(user).isEqualTo(Disconnect.FAILED);
      assertThat(session.isOpen()).isFalse();
      assertThat(session.groups()).isEmpty();
      assertThat(node.sessions(user)).isEmpty();
    }
    RecordingTransport alice = open(node, "alice");
    node.publisher().publishAndWait(Audience.groups("one", "two", "three"), "none", LIMIT);
    awaitEnd(node, alice);
    assertThat(node.counters().userCodeFailures()).isEqualTo(4);
    assertThat(node.counters().disconnects()).isEqualTo(Map.of(1011, 4L));
    assertThat(node.counters().sessions()).isEqualTo(1);
  }

  @Test
  void sessionIsInAtMostSoManyGroupsWhicheverNodeAddsIt() throws Exception {
    RedisFanout first = start(config().maxGroupsPerSession(2));
    RedisFanout second = start(config());
    RecordingTransport alice = new RecordingTransport();
    FanoutSession session = first.open("alice", alice);
    FanoutSession roomy = second.open("alice", new RecordingTransport());
    session.join("one");

    get(second.publisher().join(Audience.user("alice"), "two"));
    get(second.publisher().join(Audience.user("alice"), "three"));
    get(second.publisher().publish(Audience.group("three"), "none"));
    awaitEnd(second, alice);

    assertThat(alice.texts()).containsExactly(END);
    assertThat(session.groups()).containsExactlyInAnyOrder("one", "two");
    await().atMost(LIMIT).until(() -> roomy.groups().size() == 2);
    assertThat(first.counters().joins()).isEqualTo(2);
    assertThat(first.counters().controlRefused()).isEqualTo(1);
    assertThatThrownBy(() -> session.join("four"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a session may be in at most maxGroupsPerSession 2 groups");
    session.leave("one");
    session.join("four");
    assertThat(session.groups()).containsExactlyInAnyOrder("two", "four");
  }
}
