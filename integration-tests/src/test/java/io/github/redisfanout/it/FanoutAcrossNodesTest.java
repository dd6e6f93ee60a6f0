package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a user of two nodes sees, on a real Redis. */
class FanoutAcrossNodesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final String END = "\"end\"";

  private final String channel = "test-" + UUID.randomUUID();
  private final Nodes nodes = new Nodes(redis.uri(), config(channel));
  private RedisFanout first;
  private RedisFanout second;

  private static FanoutConfig config(String channel) {
    return FanoutConfig.of(channel);
  }

  @BeforeEach
  void startNodes() throws Exception {
    first = nodes.start();
    second = nodes.start();
  }

  @AfterEach
  void closeNodes() {
    nodes.close();
  }

  @Test
  void everySessionOfAUserOnEveryNodeGetsOneCopyAndNoOtherUserDoes() throws Exception {
    List<RecordingTransport> alice =
        List.of(open(first, "alice"), open(first, "alice"), open(second, "alice"));
    RecordingTransport bob = open(second, "bob");
    RecordingTransport carol = open(first, "carol");

    publish(first, List.of("alice", "bob"), "both");
    publish(first, List.of("alice", "bob", "carol"), "end");

    for (RecordingTransport session : alice) {
      session.awaitText(END);
      assertThat(session.texts()).containsExactly("\"both\"", END);
    }
    bob.awaitText(END);
    assertThat(bob.texts()).containsExactly("\"both\"", END);
    carol.awaitText(END);
    assertThat(carol.texts()).containsExactly(END);
  }

  @Test
  void userNamedTwiceInAPublishGetsOneCopy() throws Exception {
    RecordingTransport alice = open(second, "alice");

    Receipt receipt = publish(first, List.of("alice", "alice", "alice"), "once");
    publish(first, List.of("alice"), "end");

    alice.awaitText(END);
    assertThat(alice.texts()).containsExactly("\"once\"", END);
    assertThat(receipt.recipients()).isEqualTo(1);
    assertThat(receipt.nodes()).isEqualTo(2);
  }

  @Test
  void userNamedTwiceByAnotherWriterGetsOneCopy() throws Exception {
    RecordingTransport alice = open(second, "alice");

    redis.command(
        "PUBLISH", channel, "{\"target_user_ids\": [\"alice\", \"alice\"], \"payload\": 1}");
    publish(first, List.of("alice"), "end");

    alice.awaitText(END);
    assertThat(alice.texts()).containsExactly("1", END);
  }

  @Test
  void whenOneSessionLeavesTheOthersStillReceiveAndAfterTheLastNothingIsLeft() throws Exception {
    RecordingTransport left = new RecordingTransport();
    FanoutSession leaving = first.open("alice", left);
    RecordingTransport stays = new RecordingTransport();
    FanoutSession staying = first.open("alice", stays);

    leaving.clientLeft();
    publish(second, List.of("alice"), "end");
    stays.awaitText(END);

    assertThat(left.texts()).isEmpty();
    assertThat(left.disconnects()).as("the client left by itself").isEmpty();
    staying.clientLeft();
    assertThat(first.sessions("alice")).isEmpty();
    assertThat(first.counters().sessions()).isZero();
  }

  static List<String> oddIds() {
    return List.of(
        "*",
        "user_*",
        "{}",
        "{tag}",
        "a b  c",
        "\"quoted\" 'both' \\ways\\",
        "line\nbreak\ttab\u0001",
        "😀 emoji 👩‍👩‍👧",
        "ünïcödé",
        "x".repeat(10_000),
        "42");
  }

  @ParameterizedTest
  @MethodSource("oddIds")
  void idIsAnOpaqueString(String id) throws Exception {
    RecordingTransport odd = open(second, id);
    RecordingTransport plain = open(second, "user_1");

    publish(first, List.of(id), "odd");
    publish(first, List.of(id, "user_1"), "end");

    odd.awaitText(END);
    plain.awaitText(END);
    assertThat(odd.texts()).containsExactly("\"odd\"", END);
    assertThat(plain.texts()).containsExactly(END);
  }

  @Test
  void fiveThousandRecipientsInOnePublishWork() throws Exception {
    List<String> ids = IntStream.range(0, 5_000).mapToObj(i -> "user_" + i).toList();
    List<RecordingTransport> sessions = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      sessions.add(open(i % 2 == 0 ? first : second, ids.get(i)));
    }

    Receipt receipt = publish(first, ids, "end");

    assertThat(receipt.recipients()).isEqualTo(5_000);
    await().until(() -> first.counters().delivered() + second.counters().delivered() == 5_000);
    assertThat(sessions).allSatisfy(session -> assertThat(session.texts()).containsExactly(END));
  }

  @Test
  void emptyRecipientListPublishesNothingAndSucceeds() throws Exception {
    Receipt receipt = publish(first, List.of(), "unaddressed");

    assertThat(receipt.recipients()).isZero();
    assertThat(receipt.nodes()).isZero();
    RecordingTransport alice = open(second, "alice");
    publish(first, List.of("alice"), "end");
    alice.awaitText(END);
    assertThat(second.counters().received()).isEqualTo(1);
    assertThat(first.counters().published()).isEqualTo(1);
  }

  @Test
  void orderPerSessionIsThePublishOrderAcrossTenThousandMessages() throws Exception {
    // As many may wait as come, for this is about order: the policy of a full queue has its tests.
    FanoutConfig roomy = FanoutConfig.builder(channel).sessionQueueMessages(20_000).build();
    try (Nodes roomyNodes = new Nodes(redis.uri(), roomy)) {
      RecordingTransport alice = open(roomyNodes.start(), "alice");
      List<CompletableFuture<Receipt>> futures = new ArrayList<>();

      for (int i = 0; i < 10_000; i++) {
        futures.add(first.publisher().publish(List.of("alice"), i));
      }

      for (CompletableFuture<Receipt> future : futures) {
        future.get(20, TimeUnit.SECONDS);
      }
      alice.awaitText("9999");
      assertThat(alice.texts())
          .isEqualTo(IntStream.range(0, 10_000).mapToObj(String::valueOf).toList());
    }
  }

  @Test
  void sessionThatThrowsOnWriteHarmsNoOther() throws Exception {
    RecordingTransport broken = new RecordingTransport();
    broken.failWith(new IllegalStateException("broken by the test"));
    second.open("alice", broken);
    RecordingTransport healthy = open(second, "alice");

    publish(first, List.of("alice"), "one");
    publish(first, List.of("alice"), "end");

    healthy.awaitText(END);
    assertThat(healthy.texts()).containsExactly("\"one\"", END);
    assertThat(broken.awaitDisconnect()).isEqualTo(Disconnect.WRITE_FAILED);
    assertThat(second.sessions("alice")).hasSize(1);
    assertThat(second.counters().dropped()).containsEntry(DropReason.WRITE_FAILED, 1L);
  }

  @Test
  void sessionWhoseWriteNeverCompletesIsAbortedAndHarmsNoOther() throws Exception {
    FanoutConfig impatient =
        FanoutConfig.builder(channel).writeTimeout(Duration.ofMillis(300)).build();
    try (Nodes impatientNodes = new Nodes(redis.uri(), impatient)) {
      RedisFanout node = impatientNodes.start();
      RecordingTransport stuck = new RecordingTransport();
      stuck.hold();
      node.open("alice", stuck);
      RecordingTransport healthy = open(node, "alice");

      for (int i = 0; i < 100; i++) {
        publish(first, List.of("alice"), i);
      }
      publish(first, List.of("alice"), "end");

      healthy.awaitText(END);
      assertThat(healthy.texts()).hasSize(101);
      assertThat(stuck.texts()).containsExactly("0");
      assertThat(stuck.awaitDisconnect()).isEqualTo(Disconnect.WRITE_TIMEOUT);
      assertThat(stuck.wasForced()).isTrue();
      stuck.held().get(0).ok(); // a report after the deadline is ignored
      await().until(() -> node.counters().pending() == 0);
      assertThat(node.counters().dropped()).containsEntry(DropReason.SESSION_CLOSED, 101L);
      assertThat(node.sessions("alice")).hasSize(1);
    }
  }

  @Test
  void publishOnlyNodeReachesEveryNodeAndReceivesNothing() throws Exception {
    RecordingTransport onFirst = open(first, "alice");
    RecordingTransport onSecond = open(second, "alice");
    RedisFanout publishing = nodes.startPublishOnly();

    Receipt receipt = publish(publishing, List.of("alice"), "end");

    onFirst.awaitText(END);
    onSecond.awaitText(END);
    assertThat(receipt.nodes()).as("nodes that receive").isEqualTo(2);
    assertThat(publishing.counters().received()).isZero();
  }

  @Test
  void nodeThatStartsLateReceivesFromThenOn() throws Exception {
    RecordingTransport early = open(first, "alice");
    publish(first, List.of("alice"), "before");
    early.awaitText("\"before\"");

    RedisFanout late = nodes.start();
    RecordingTransport alice = open(late, "alice");
    publish(second, List.of("alice"), "end");

    alice.awaitText(END);
    assertThat(alice.texts()).containsExactly(END);
    assertThat(late.counters().gaps())
        .as("it missed nothing, as it was never subscribed before")
        .isZero();
  }

  @Test
  void applicationsOnDifferentChannelsReceiveNothingOfEachOther() throws Exception {
    try (Nodes others = new Nodes(redis.uri(), config(channel + "-other"))) {
      RedisFanout other = others.start();
      RecordingTransport here = open(first, "alice");
      RecordingTransport there = open(other, "alice");

      publish(second, List.of("alice"), "here");
      publish(other, List.of("alice"), "there");

      here.awaitText("\"here\"");
      there.awaitText("\"there\"");
      assertThat(first.counters().received()).isEqualTo(1);
      assertThat(other.counters().received()).isEqualTo(1);
      assertThat(here.texts()).hasSize(1);
      assertThat(there.texts()).hasSize(1);
    }
  }

  @Test
  void databasesOfOneRedisDoNotSeparateChannels() throws Exception {
    try (Nodes others = new Nodes(redis.uri() + "/7", config(channel))) {
      RecordingTransport alice = open(others.start(), "alice");

      publish(first, List.of("alice"), "end");

      alice.awaitText(END);
    }
  }

  @Test
  void malformedMessageIsSkippedAndTheNextOneDelivered() throws Exception {
    List<String> rules = new CopyOnWriteArrayList<>();
    RedisFanout listening =
        nodes.start(
            new FanoutListener() {
              @Override
              public void onMalformedMessage(String rule) {
                rules.add(rule);
              }
            });
    RecordingTransport alice = open(listening, "alice");

    redis.command("PUBLISH", channel, "not json");
    redis.command("PUBLISH", channel, "{\"target_user_ids\": [\"alice\"], \"payload\": NaN}");
    redis.command("PUBLISH", channel, "{\"target_user_ids\": \"alice\", \"payload\": 1}");
    redis.command("PUBLISH", channel, "{\"target_user_ids\": [\"alice\"], \"payload\": \"end\"}");

    alice.awaitText(END);
    assertThat(alice.texts()).containsExactly(END);
    assertThat(listening.counters().malformed()).isEqualTo(3);
    await().until(() -> rules.contains("target_user_ids is not an array"));
    assertThat(listening.health().status()).isEqualTo(FanoutHealth.Status.UP);
  }

  @Test
  void clientReceivesThePayloadsOwnTextWhateverTheWriter() throws Exception {
    RecordingTransport alice = open(second, "42");

    redis.command(
        "PUBLISH",
        channel,
        "{\"v\": 2, \"payload\": {\"b\": 1.50, \"a\": \"xin ch\\u00e0o\"},"
            + " \"target_user_ids\": [42]}");
    first.publisher().publishJson(List.of("42"), "  {\"z\" : [1 , 2],\"a\":1e5}  ");

    alice.awaitText("{\"z\" : [1 , 2],\"a\":1e5}");
    assertThat(alice.texts().get(0)).isEqualTo("{\"b\": 1.50, \"a\": \"xin ch\\u00e0o\"}");
  }

  @Test
  void usersOfANodeAreFoundAndDisconnectedThereAndNowhereElse() throws Exception {
    Disconnect loggedOut = new Disconnect(4401, "logged out");
    RecordingTransport desktop = new RecordingTransport();
    RecordingTransport phone = new RecordingTransport();
    FanoutSession desktopSession = first.open("alice", desktop);
    FanoutSession phoneSession = first.open("alice", phone);
    RecordingTransport elsewhere = open(second, "alice");
    RecordingTransport bob = open(first, "bob");
    List<FanoutSession> before = first.sessions("alice");
    assertThat(before).containsExactlyInAnyOrder(desktopSession, phoneSession);

    assertThat(first.disconnect("alice", loggedOut)).isEqualTo(2);
    assertThat(first.disconnect("alice", loggedOut)).isZero();

    publish(first, List.of("alice", "bob"), "end");
    elsewhere.awaitText(END);
    bob.awaitText(END);
    assertThat(desktop.disconnects()).containsExactly(loggedOut);
    assertThat(phone.disconnects()).containsExactly(loggedOut);
    assertThat(desktop.texts()).isEmpty();
    assertThat(elsewhere.disconnects()).isEmpty();
    assertThat(bob.disconnects()).isEmpty();
    assertThat(first.sessions("alice")).isEmpty();
    assertThat(second.sessions("alice")).hasSize(1);
    assertThat(before).as("a snapshot").hasSize(2);
    assertThat(first.counters().disconnects()).containsEntry(4401, 2L);
  }

  @Test
  void sendReachesOneSessionThroughTheSameQueue() throws Exception {
    RecordingTransport one = new RecordingTransport();
    FanoutSession session = first.open("alice", one);
    RecordingTransport other = open(first, "alice");

    assertThat(session.send(Map.of("type", "error"))).isTrue();
    one.awaitText("{\"type\":\"error\"}");
    publish(second, List.of("alice"), "end");

    one.awaitText(END);
    other.awaitText(END);
    assertThat(other.texts()).containsExactly(END);
  }

  private static RecordingTransport open(RedisFanout node, String userId) {
    RecordingTransport transport = new RecordingTransport();
    node.open(userId, transport);
    return transport;
  }

  private static Receipt publish(RedisFanout node, List<String> userIds, Object payload)
      throws InterruptedException {
    return node.publisher().publishAndWait(userIds, payload, Duration.ofSeconds(10));
  }
}
