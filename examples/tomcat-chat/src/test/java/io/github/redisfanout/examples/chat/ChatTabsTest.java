package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A user with several tabs, on two nodes. */
class ChatTabsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static ChatApplication chat;

  private final String conversation = "c-" + UUID.randomUUID();
  private ChatClient alice;
  private ChatClient bob;

  @BeforeAll
  static void startChat() throws Exception {
    chat = ChatApplication.start(redis.uri(), "127.0.0.1", List.of(0, 0));
  }

  @AfterAll
  static void closeChat() {
    chat.close();
  }

  private static int port(int node) {
    return chat.nodes().get(node).port();
  }

  @BeforeEach
  void startConversation() throws Exception {
    String aliceId = "alice-" + UUID.randomUUID();
    String bobId = "bob-" + UUID.randomUUID();
    alice = ChatClient.loggedIn(port(0), aliceId);
    bob = ChatClient.loggedIn(port(1), bobId);
    alice.createConversation(conversation, aliceId, bobId);
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30));
  }

  private ChatClient.Answer markRead(ChatClient client, Object session) throws Exception {
    return client.post(
        ChatClient.messagesPath(conversation).replace("/messages", "/read"),
        Map.of("session", session));
  }

  @Test
  void conversationReadInOneTabIsReadInTheUsersOtherTabsOnly() throws Exception {
    ChatClient.Socket own = alice.connect("&session=1");
    ChatClient.Socket otherHere = alice.connect("&session=1");
    ChatClient.Socket otherThere = alice.on(port(1)).connect("&session=1");
    ChatClient.Socket ofAnOlderPage = alice.connect();
    ChatClient.Socket ofBob = bob.connect("&session=1");
    soon().until(() -> own.texts.size() == 1);
    assertThat(own.json(0).get("type").asText()).isEqualTo("session");

    assertThat(markRead(alice, own.json(0).get("id").asText()).status()).isEqualTo(202);
    alice.say(conversation, "hello"); // of the same node, so it comes last

    for (ChatClient.Socket other : List.of(otherHere, otherThere)) {
      soon().until(() -> other.texts.size() == 3);
      assertThat(other.texts.get(1))
          .isEqualTo("{\"type\":\"read\",\"conversation_id\":\"" + conversation + "\"}");
    }
    soon()
        .until(
            () ->
                own.texts.size() >= 2 && ofBob.texts.size() >= 2 && !ofAnOlderPage.texts.isEmpty());
    assertThat(own.json(1).get("type").asText()).isEqualTo("message");
    assertThat(ofBob.json(1).get("type").asText()).isEqualTo("message");
    assertThat(ofAnOlderPage.json(0).get("type").asText()).isEqualTo("message");
  }

  @Test
  void readMarkOfOutsidersAndWithoutASessionIsRefused() throws Exception {
    ChatClient mallory = ChatClient.loggedIn(port(0), "mallory-" + UUID.randomUUID());

    assertThat(markRead(mallory, "x").status()).isEqualTo(403);
    assertThat(markRead(alice, 1).status()).isEqualTo(400);
    assertThat(markRead(alice, "").status()).isEqualTo(400);
  }
}
