package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The chat over two nodes, as its clients see it. */
class ChatTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static ChatApplication chat;
  private static int first;
  private static int second;

  private final String conversation = "c-" + UUID.randomUUID();
  private final String alice = "alice-" + UUID.randomUUID();
  private final String bob = "bob-" + UUID.randomUUID();
  private ChatClient aliceOnFirst;
  private ChatClient bobOnSecond;

  @BeforeAll
  static void startChat() throws Exception {
    chat = ChatApplication.start(redis.uri(), "127.0.0.1", List.of(0, 0));
    first = chat.nodes().get(0).port();
    second = chat.nodes().get(1).port();
  }

  @AfterAll
  static void closeChat() {
    chat.close();
  }

  @BeforeEach
  void logIn() throws Exception {
    aliceOnFirst = ChatClient.loggedIn(first, alice);
    bobOnSecond = ChatClient.loggedIn(second, bob);
  }

  @Test
  void messagePostedOnOneNodeReachesEveryParticipantOnEveryNodeWithOnePublish() throws Exception {
    aliceOnFirst.createConversation(conversation, alice, bob);
    ChatClient.Socket aliceHere = aliceOnFirst.connect();
    ChatClient.Socket aliceThere = aliceOnFirst.on(second).connect();
    ChatClient.Socket bobThere = bobOnSecond.connect();
    long publishedBefore = published();

    ChatClient.Answer posted = aliceOnFirst.say(conversation, "xin chào \"you\" 😀");

    assertThat(posted.status()).isEqualTo(202);
    for (ChatClient.Socket socket : List.of(aliceHere, aliceThere, bobThere)) {
      await().until(() -> socket.texts.size() == 1);
      JsonNode message = socket.json(0);
      assertThat(message.properties().stream().map(Map.Entry::getKey))
          .containsExactlyInAnyOrder(
              "type", "conversation_id", "sender_id", "content", "created_at");
      assertThat(message.get("type").asText()).isEqualTo("message");
      assertThat(message.get("conversation_id").asText()).isEqualTo(conversation);
      assertThat(message.get("sender_id").asText()).isEqualTo(alice);
      assertThat(message.get("content").asText()).isEqualTo("xin chào \"you\" 😀");
      assertThat(Instant.parse(message.get("created_at").asText())).isBefore(Instant.now());
    }
    assertThat(published() - publishedBefore).isEqualTo(1);
  }

  @Test
  void messageSentOverTheWebSocketReachesTheOthersToo() throws Exception {
    aliceOnFirst.createConversation(conversation, alice, bob);
    ChatClient.Socket aliceHere = aliceOnFirst.connect();
    ChatClient.Socket bobThere = bobOnSecond.connect();

    bobThere.send("{\"conversation_id\":\"" + conversation + "\",\"content\":\"hello\"}");

    await().until(() -> aliceHere.texts.size() == 1 && bobThere.texts.size() == 1);
    assertThat(aliceHere.json(0).get("sender_id").asText()).isEqualTo(bob);
  }

  @Test
  void messagesOfThePythonServiceArrive() throws Exception {
    ChatClient.Socket bobThere = bobOnSecond.connect();
    String message = "{\"type\":\"message\",\"content\":\"hi\"}";

    redis.command(
        "PUBLISH",
        "chat_broadcast_channel",
        "{\"target_user_ids\":[\"" + bob + "\"],\"payload\":" + message + "}");

    await().until(() -> bobThere.texts.size() == 1);
    assertThat(bobThere.texts).containsExactly(message);
  }

  @Test
  void userWhoIsNotAParticipantReceivesNothing() throws Exception {
    aliceOnFirst.createConversation(conversation, alice, bob);
    ChatClient carol = ChatClient.loggedIn(second, "carol-" + UUID.randomUUID());
    ChatClient.Socket carolThere = carol.connect();
    ChatClient.Socket bobThere = bobOnSecond.connect();

    aliceOnFirst.say(conversation, "secret");

    await().until(() -> bobThere.texts.size() == 1);
    carolThere.send("{}"); // its answer comes after what was wrongly delivered
    await().until(() -> !carolThere.texts.isEmpty());
    assertThat(carolThere.json(0).get("type").asText()).isEqualTo("error");
  }

  @Test
  void historyAndConversationsAreTheSameOnBothNodes() throws Exception {
    aliceOnFirst.createConversation(conversation, alice, bob);
    aliceOnFirst.say(conversation, "one");
    bobOnSecond.say(conversation, "two");

    JsonNode history = bobOnSecond.get(ChatClient.messagesPath(conversation)).json();
    assertThat(history).hasSize(2);
    assertThat(history.get(0).get("content").asText()).isEqualTo("one");
    assertThat(history.get(1).get("content").asText()).isEqualTo("two");
    assertThat(aliceOnFirst.get(ChatClient.messagesPath(conversation)).json()).isEqualTo(history);
    JsonNode conversations = bobOnSecond.get("/api/conversations").json();
    assertThat(conversations).hasSize(1);
    assertThat(conversations.get(0).get("id").asText()).isEqualTo(conversation);
    assertThat(conversations.get(0).get("participants")).hasSize(2);
  }

  @Test
  void historyKeepsTheLastHundredMessages() throws Exception {
    aliceOnFirst.createConversation(conversation, alice);
    for (int i = 0; i < 103; i++) {
      aliceOnFirst.say(conversation, "m" + i);
    }

    JsonNode history = aliceOnFirst.get(ChatClient.messagesPath(conversation)).json();

    assertThat(history).hasSize(100);
    assertThat(history.get(0).get("content").asText()).isEqualTo("m3");
    assertThat(history.get(99).get("content").asText()).isEqualTo("m102");
  }

  @Test
  void idsAreOpaque() throws Exception {
    String odd = "a/b c?d#e%2F{}*\"😀\\ü+" + UUID.randomUUID();
    String oddUser = "😀 {*} \"x\" " + UUID.randomUUID();
    ChatClient user = ChatClient.loggedIn(first, oddUser);
    assertThat(user.createConversation(odd, oddUser, bob).status()).isEqualTo(201);
    ChatClient.Socket socket = user.on(second).connect();

    assertThat(bobOnSecond.say(odd, "hi").status()).isEqualTo(202);

    await().until(() -> socket.texts.size() == 1);
    assertThat(socket.json(0).get("conversation_id").asText()).isEqualTo(odd);
    assertThat(user.get(ChatClient.messagesPath(odd)).json()).hasSize(1);
  }

  @Test
  void userIdOfTenThousandCharactersWorks() throws Exception {
    String longId = "é".repeat(9_900) + UUID.randomUUID();
    ChatClient user = ChatClient.loggedIn(first, longId);
    user.createConversation(conversation, longId);
    ChatClient.Socket socket = user.on(second).connect();

    assertThat(user.say(conversation, "hi").status()).isEqualTo(202);

    await().until(() -> socket.texts.size() == 1);
    assertThat(socket.json(0).get("sender_id").asText()).isEqualTo(longId);
  }

  @Test
  void badRedisUrlIsRefusedWithoutQuotingItsPassword() {
    assertThatThrownBy(
            () -> ChatApplication.start("redis://:SE CRET@localhost", "127.0.0.1", List.of(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Redis URI")
        .hasMessageNotContaining("CRET");
  }

  @Test
  void healthAndMetricsNeedNoToken() throws Exception {
    ChatClient nobody = new ChatClient(first);

    ChatClient.Answer health = nobody.get("/health");
    assertThat(health.status()).isEqualTo(200);
    assertThat(health.json().get("status").asText()).isEqualTo("UP");
    assertThat(health.json().get("node").asText()).isEqualTo("node-1");
    assertThat(health.json().get("reason").asText()).isEmpty();
    assertThat(health.json().get("round_trip_ms").asDouble()).isPositive();
    assertThat(health.json().get("sessions").isInt()).isTrue();
    assertThat(nobody.get("/live").status()).isEqualTo(200);
    ChatClient.Answer metrics = nobody.get("/metrics");
    assertThat(metrics.status()).isEqualTo(200);
    assertThat(metrics.body().lines())
        .allMatch(
            line ->
                line.matches("# (HELP|TYPE) .+|[a-z_]+(\\{[a-z]+=\"\\w+\"})? [0-9.]+(E-?\\d+)?"))
        .anyMatch(line -> line.matches("redis_fanout_sessions \\d+\\.0"));
  }

  @Test
  void dashboardUsesAllMetersAndNoOthers() throws Exception {
    Set<String> served = new TreeSet<>();
    for (String line : new ChatClient(first).get("/metrics").body().lines().toList()) {
      if (!line.startsWith("#") && !line.startsWith("redis_fanout_publish_seconds_max")) {
        served.add(line.split("[ {]")[0]);
      }
    }
    Set<String> used = new TreeSet<>();
    JsonNode dashboard = new ObjectMapper().readTree(Path.of("grafana-dashboard.json").toFile());
    for (JsonNode expression : dashboard.findValues("expr")) {
      Pattern.compile("redis_fanout_\\w+")
          .matcher(expression.asText())
          .results()
          .forEach(found -> used.add(found.group()));
    }
    served.remove("redis_fanout_queued_total"); // what is delivered and dropped says as much

    assertThat(used).isEqualTo(served);
  }

  @Test
  void sessionThatLeavesIsForgotten() throws Exception {
    ChatClient.Socket socket = aliceOnFirst.connect();
    assertThat(sessionsOfAliceOnFirst()).isOne();

    socket.leave();

    await().until(() -> sessionsOfAliceOnFirst() == 0);
  }

  @Test
  void clientsThatAskAreToldWhenTheyReceive() throws Exception {
    ChatClient.Socket asking = aliceOnFirst.connect("&ready=1");
    ChatClient.Socket other = bobOnSecond.connect();
    await().until(() -> asking.texts.size() == 1);
    aliceOnFirst.createConversation(conversation, alice, bob);
    aliceOnFirst.say(conversation, "hello");

    await().until(() -> asking.texts.size() == 2 && other.texts.size() == 1);
    assertThat(asking.texts.get(0)).isEqualTo("{\"type\":\"ready\"}");
    assertThat(other.json(0).get("content").asText()).isEqualTo("hello");
  }

  @Test
  void clientsAreAskedToResynchroniseAfterTheNodeMissedMessages() throws Exception {
    ChatClient.Socket socket = aliceOnFirst.connect();
    ChatClient.Socket bobThere = bobOnSecond.connect();
    aliceOnFirst.createConversation(conversation, alice, bob);

    redis.command("CLIENT", "KILL", "TYPE", "pubsub");

    // Of both nodes, or the other one would tell the sessions of the next test.
    await().until(() -> socket.texts.size() == 2 && bobThere.texts.size() == 2);
    assertThat(socket.texts).containsExactly("{\"type\":\"outage\"}", "{\"type\":\"resync\"}");
    await().until(() -> aliceOnFirst.get("/health").json().get("status").asText().equals("UP"));
    aliceOnFirst.say(conversation, "after");
    await().until(() -> socket.texts.size() == 3);
    assertThat(socket.json(2).get("content").asText()).isEqualTo("after");
  }

  private int sessionsOfAliceOnFirst() {
    return chat.nodes().get(0).fanout().sessions(alice).size();
  }

  private static long published() {
    return chat.nodes().stream().mapToLong(node -> node.fanout().counters().published()).sum();
  }
}
