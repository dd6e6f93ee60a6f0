package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is online, who is typing, and who was there when a message was sent; on two nodes. */
class ChatPresenceTest {
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
  void startConversation() throws Exception {
    aliceOnFirst = ChatClient.loggedIn(first, alice);
    bobOnSecond = ChatClient.loggedIn(second, bob);
    aliceOnFirst.createConversation(conversation, alice, bob);
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30));
  }

  // ---- who is online

  private static ChatClient.Answer presence(ChatClient client, String users) throws Exception {
    String encoded = URLEncoder.encode(users, StandardCharsets.UTF_8).replace("+", "%20");
    return client.get("/api/presence?users=" + encoded);
  }

  @Test
  void userOfWhicheverNodeIsOnlineAsLongAsOneTabIsOpen() throws Exception {
    String both = alice + "," + bob;
    assertThat(presence(aliceOnFirst, both).json().properties())
        .extracting(user -> user.getKey() + " " + user.getValue())
        .containsExactlyInAnyOrder(alice + " false", bob + " false");

    ChatClient.Socket bobThere = bobOnSecond.connect();
    ChatClient.Socket bobHere = bobOnSecond.on(first).connect();
    soon().until(() -> isOnline(bob));
    assertThat(presence(aliceOnFirst, both).json().get(alice).asBoolean()).isFalse();

    bobThere.leave();
    soon().until(() -> chat.nodes().get(1).fanout().sessions(bob).isEmpty());
    assertThat(isOnline(bob)).isTrue();

    bobHere.leave();
    soon().until(() -> !isOnline(bob));
  }

  private boolean isOnline(String user) throws Exception {
    return presence(aliceOnFirst, user).json().get(user).asBoolean();
  }

  @Test
  void strangersAreLeftOutWhetherTheyAreOnlineOrNot() throws Exception {
    String carol = "carol-" + UUID.randomUUID();
    ChatClient.loggedIn(second, carol).connect("&ready=1");

    JsonNode answer = presence(aliceOnFirst, bob + "," + carol + ",nobody").json();

    assertThat(answer.properties()).extracting(Map.Entry::getKey).containsExactly(bob);
    assertThat(presence(aliceOnFirst, carol).body()).isEqualTo("{}");
  }

  @Test
  void userWhoseIdHasCommasIsFoundToo() throws Exception {
    String odd = "a,b %&+=😀," + UUID.randomUUID();
    aliceOnFirst.createConversation("c-" + UUID.randomUUID(), alice, odd);
    ChatClient.loggedIn(second, odd).connect();

    soon().until(() -> presence(aliceOnFirst, bob + "," + odd).json().path(odd).asBoolean());
  }

  @Test
  void presenceNeedsATokenAndAListOfAtMostAHundred() throws Exception {
    assertThat(presence(new ChatClient(first), bob).status()).isEqualTo(401);
    assertThat(presence(new ChatClient(first).withToken("x.y.z"), bob).status()).isEqualTo(401);
    assertThat(aliceOnFirst.get("/api/presence").status()).isEqualTo(400);
    assertThat(presence(aliceOnFirst, "").status()).isEqualTo(400);
    assertThat(aliceOnFirst.post("/api/presence", Map.of()).status()).isEqualTo(405);
    assertThat(presence(aliceOnFirst, names(101)).status()).isEqualTo(400);
    assertThat(presence(aliceOnFirst, names(100)).status()).isEqualTo(200);
  }

  private static String names(int count) {
    return String.join(",", Collections.nCopies(count, "x"));
  }

  // ---- who is typing

  @Test
  void typingIsToldToAllButTheTypistAndStoredNowhere() throws Exception {
    ChatClient.Socket aliceHere = aliceOnFirst.connect();
    ChatClient.Socket aliceThere = aliceOnFirst.on(second).connect();
    List<ChatClient.Socket> ofBob = List.of(bobOnSecond.connect(), bobOnSecond.on(first).connect());

    aliceHere.send(typing(conversation));
    soon().until(() -> ofBob.stream().allMatch(socket -> socket.texts.size() == 1));
    assertThat(redis.command("KEYS", "*" + conversation + "*"))
        .isEqualTo("chat:conversation:" + conversation);
    aliceHere.send("{\"conversation_id\":\"" + conversation + "\",\"content\":\"hi\"}");

    for (ChatClient.Socket socket : ofBob) {
      soon().until(() -> socket.texts.size() == 2);
      assertThat(socket.texts.get(0))
          .isEqualTo(
              "{\"type\":\"typing\",\"conversation_id\":\"%s\",\"sender_id\":\"%s\"}"
                  .formatted(conversation, alice));
    }
    for (ChatClient.Socket socket : List.of(aliceHere, aliceThere)) {
      soon().until(() -> !socket.texts.isEmpty());
      assertThat(socket.json(0).get("content").asText()).isEqualTo("hi");
    }
    assertThat(bobOnSecond.get(ChatClient.messagesPath(conversation)).json()).hasSize(1);
  }

  @Test
  void typingWithNobodyThereIsNoError() throws Exception {
    String alone = "c-" + UUID.randomUUID();
    aliceOnFirst.createConversation(alone, alice);
    ChatClient.Socket socket = aliceOnFirst.connect();

    socket.send(typing(conversation));
    socket.send(typing(alone));
    socket.send("{\"conversation_id\":\"" + conversation + "\",\"content\":\"hi\"}");

    soon().until(() -> !socket.texts.isEmpty());
    assertThat(socket.json(0).get("content").asText()).isEqualTo("hi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"conversation_id\":7", ",\"conversation_id\":\"nowhere\""})
  void typingWhereOneDoesNotTakePartIsRefused(String where) throws Exception {
    ChatClient.Socket bobThere = bobOnSecond.connect();
    ChatClient.Socket mallory = ChatClient.loggedIn(first, "mallory-" + conversation).connect();

    mallory.send("{\"type\":\"typing\"" + where + "}");
    mallory.send(typing(conversation));

    soon().until(() -> mallory.texts.size() == 2);
    assertThat(mallory.json(0).get("type").asText()).isEqualTo("error");
    assertThat(mallory.json(1).get("type").asText()).isEqualTo("error");
    aliceOnFirst.say(conversation, "hi");
    soon().until(() -> !bobThere.texts.isEmpty());
    assertThat(bobThere.json(0).get("content").asText()).isEqualTo("hi");
  }

  private static String typing(String conversationId) {
    return "{\"type\":\"typing\",\"conversation_id\":\"" + conversationId + "\"}";
  }

  // ---- who was there

  @Test
  void senderIsToldWhoOfTheOthersWasOffline() throws Exception {
    String trio = "c-" + UUID.randomUUID();
    String carol = "carol-" + UUID.randomUUID();
    aliceOnFirst.createConversation(trio, alice, bob, carol);

    assertThat(offline(aliceOnFirst.say(trio, "anybody?").json())).containsExactly(bob, carol);

    ChatClient.Socket socket = bobOnSecond.connect();
    soon().until(() -> isOnline(bob));
    JsonNode answer = aliceOnFirst.say(trio, "hi").json();
    assertThat(offline(answer)).containsExactly(carol);
    assertThat(answer.properties())
        .extracting(Map.Entry::getKey)
        .containsExactly(
            "type", "conversation_id", "sender_id", "content", "created_at", "offline");
    soon().until(() -> !socket.texts.isEmpty());
    assertThat(socket.json(0).has("offline")).isFalse();
    assertThat(bobOnSecond.get(ChatClient.messagesPath(trio)).body()).doesNotContain("offline");
  }

  @Test
  void sessionThatAsksIsToldWhoWasOfflineForWhatItSends() throws Exception {
    ChatClient.Socket asking = aliceOnFirst.connect("&sent=1");
    ChatClient.Socket other = aliceOnFirst.connect();

    asking.send("{\"conversation_id\":\"" + conversation + "\",\"content\":\"hi\"}");

    soon().until(() -> asking.texts.size() == 2 && other.texts.size() == 1);
    JsonNode message = other.json(0);
    int index = asking.json(0).get("type").asText().equals("sent") ? 0 : 1;
    assertThat(asking.texts.get(index))
        .isEqualTo(
            "{\"type\":\"sent\",\"conversation_id\":\"%s\",\"created_at\":%s,\"offline\":[\"%s\"]}"
                .formatted(conversation, message.get("created_at"), bob));

    other.send("{\"conversation_id\":\"" + conversation + "\",\"content\":\"hi again\"}");
    other.send("{}"); // the error comes after whatever came of the message
    soon().until(() -> other.texts.stream().anyMatch(text -> text.contains("error")));
    assertThat(other.texts).noneMatch(text -> text.contains("offline"));
  }

  /** Such as the Python service, whose sessions the nodes know nothing of. */
  @Test
  void whoWasOfflineIsNotKnownWhileAnotherServiceSubscribes() throws Exception {
    String subscribe = "*2\r\n$9\r\nSUBSCRIBE\r\n$22\r\nchat_broadcast_channel\r\n";
    ChatClient.Socket bobThere = bobOnSecond.connect();
    try (java.net.Socket python = new java.net.Socket("127.0.0.1", redis.port())) {
      python.getOutputStream().write(subscribe.getBytes(StandardCharsets.US_ASCII));
      soon().until(() -> redis.command("PUBSUB", "NUMSUB", "chat_broadcast_channel").endsWith("3"));

      assertThat(aliceOnFirst.say(conversation, "hi").json().has("offline")).isFalse();
      soon().until(() -> bobThere.texts.size() == 1);
    }
    soon().until(() -> aliceOnFirst.say(conversation, "hi again").json().has("offline"));
  }

  private static List<String> offline(JsonNode answer) {
    return answer.get("offline").valueStream().map(JsonNode::asText).toList();
  }
}
