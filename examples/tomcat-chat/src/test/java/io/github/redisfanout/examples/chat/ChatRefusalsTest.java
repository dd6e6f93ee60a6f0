package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RedisProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chat refuses, with real HTTP and WebSocket clients. */
class ChatRefusalsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static ChatApplication chat;
  private static int first;
  private static int second;

  private final String conversation = "c-" + UUID.randomUUID();
  private ChatClient alice;
  private ChatClient mallory;

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
    alice = ChatClient.loggedIn(first, "alice");
    mallory = ChatClient.loggedIn(second, "mallory");
    assertThat(alice.createConversation(conversation, "alice", "bob").status()).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not json",
        "[]",
        "{\"user_id\":\"a\"} x",
        "{}",
        "{\"user_id\":null}",
        "{\"user_id\":7}",
        "{\"user_id\":\"\"}",
        "{\"user_id\":\"\\ud800\"}"
      })
  void loginThatBreaksARuleIs400(String body) throws Exception {
    assertError(new ChatClient(first).postText("/api/login", body), 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not json",
        "{\"id\":\"c\"}",
        "{\"id\":\"c\",\"participants\":\"alice\"}",
        "{\"id\":\"c\",\"participants\":[]}",
        "{\"id\":\"c\",\"participants\":[\"alice\",1]}",
        "{\"id\":\"c\",\"participants\":[\"alice\",\"\"]}",
        "{\"id\":\"\",\"participants\":[\"alice\"]}",
        "{\"id\":\"..\",\"participants\":[\"alice\"]}",
        "{\"participants\":[\"alice\"]}"
      })
  void conversationThatBreaksARuleIs400(String body) throws Exception {
    assertError(alice.postText("/api/conversations", body), 400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"not json", "{}", "{\"content\":\"\"}", "{\"content\":{}}", "[1]"})
  void messageThatBreaksARuleIs400(String body) throws Exception {
    assertError(alice.postText(ChatClient.messagesPath(conversation), body), 400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "a.b.c", "YWxpY2U.9999999999.AAAA"})
  void noTokenOfOursIs401Everywhere(String token) throws Exception {
    ChatClient nobody = new ChatClient(second).withToken(token);

    assertError(nobody.get("/api/conversations"), 401);
    assertError(nobody.createConversation("c", "alice"), 401);
    assertError(nobody.get(ChatClient.messagesPath(conversation)), 401);
    assertError(nobody.say(conversation, "hi"), 401);
    assertError(nobody.post("/api/ws-ticket", List.of()), 401);
  }

  @Test
  void changedTokenIs401() throws Exception {
    String[] parts = alice.token().split("\\.");
    String other = mallory.token().split("\\.")[0];

    assertError(
        alice.withToken(other + "." + parts[1] + "." + parts[2]).get("/api/conversations"), 401);
    assertError(
        alice.withToken(parts[0] + ".9999999999." + parts[2]).get("/api/conversations"), 401);
  }

  @Test
  void whoIsNotAParticipantGets403() throws Exception {
    assertError(mallory.say(conversation, "hi"), 403);
    assertError(mallory.get(ChatClient.messagesPath(conversation)), 403);
    assertError(mallory.createConversation("c-" + UUID.randomUUID(), "alice", "bob"), 403);
    assertError(mallory.say("no such conversation", "hi"), 403);
  }

  @Test
  void takenConversationIdIs409UnlessItIsTheSame() throws Exception {
    assertError(mallory.createConversation(conversation, "mallory", "alice"), 409);
    assertThat(alice.createConversation(conversation, "bob", "alice").status()).isEqualTo(201);
    assertThat(alice.get("/api/conversations").body()).containsOnlyOnce(conversation);
  }

  @Test
  void bodyOverSixtyFourKibibytesIs413() throws Exception {
    assertError(alice.say(conversation, "x".repeat(64 << 10)), 413);
    assertError(alice.say(conversation, "x".repeat(8 << 20)), 413);
    assertThat(alice.say(conversation, "x".repeat(60 << 10)).status()).isEqualTo(202);
  }

  @Test
  void handshakeWithoutAValidTicketIs401() throws Exception {
    String used = alice.ticket();
    assertThat(alice.handshakeStatus("/ws?ticket=" + used, null)).isEqualTo(101);

    assertThat(alice.handshakeStatus("/ws?ticket=" + used, null)).isEqualTo(401);
    assertThat(alice.on(second).handshakeStatus("/ws?ticket=" + used, null)).isEqualTo(401);
    assertThat(alice.handshakeStatus("/ws", null)).isEqualTo(401);
    assertThat(alice.handshakeStatus("/ws?ticket=", null)).isEqualTo(401);
    assertThat(alice.handshakeStatus("/ws?ticket=made-up", null)).isEqualTo(401);
  }

  @Test
  void ticketOfOneNodeOpensTheSocketOnTheOther() throws Exception {
    String ticket = alice.ticket();

    assertThat(alice.on(second).handshakeStatus("/ws?ticket=" + ticket, null)).isEqualTo(101);
  }

  @Test
  void ticketExpiresWithinThirtySeconds() throws Exception {
    String ticket = alice.ticket();

    String timeToLive = redis.command("TTL", "chat:ticket:" + ticket);

    assertThat(Long.parseLong(timeToLive)).isBetween(1L, 30L);
  }

  @Test
  void foreignOriginIs403AndDoesNotUseTheTicket() throws Exception {
    String ticket = alice.ticket();
    String path = "/ws?ticket=" + ticket;

    assertThat(alice.handshakeStatus(path, "https://evil.example")).isEqualTo(403);
    assertThat(alice.handshakeStatus(path, "http://127.0.0.1:" + second)).isEqualTo(403);
    assertThat(alice.handshakeStatus(path, "null")).isEqualTo(403);
    assertThat(alice.handshakeStatus(path, "http://127.0.0.1:" + first)).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not json",
        "[]",
        "{}",
        "{\"conversation_id\":\"nowhere\",\"content\":\"hi\"}",
        "{\"conversation_id\":\"nowhere\"}"
      })
  void whatMayNotBeSentOverTheWebSocketGetsAnErrorFrame(String text) throws Exception {
    ChatClient.Socket socket = mallory.connect();

    socket.send(text);

    await().until(() -> socket.texts.size() == 1);
    assertThat(socket.json(0).get("type").asText()).isEqualTo("error");
    assertThat(socket.json(0).get("reason").asText()).isNotEmpty();
    assertThat(socket.json(0)).hasSize(2);
    assertThat(socket.closeCode).isZero();
  }

  @Test
  void textOverTheLimitInBytesClosesTheSocketWith4413() throws Exception {
    ChatClient.Socket socket = mallory.connect();

    socket.send("\u00e9".repeat(40_000)); // 80,000 bytes, of which Tomcat counts half

    await().until(() -> socket.closeCode != 0);
    assertThat(socket.closeCode).isEqualTo(4413);
    assertThat(socket.texts).isEmpty();
  }

  @Test
  void clientThatSendsTooFastIsDisconnectedWith4429() throws Exception {
    ChatClient.Socket socket = mallory.connect();

    int sent = 0;
    try {
      while (socket.closeCode == 0 && sent < 5_000) {
        socket.send("{}");
        sent++;
      }
    } catch (ExecutionException e) {
      // closed while it was sending
    }

    // The close frame of a client that goes on sending may be lost with its connection.
    await().until(() -> chat.nodes().get(1).fanout().counters().disconnects().containsKey(4429));
    await().until(() -> socket.closeCode != 0);
    assertThat(socket.closeCode).isIn(4429, 1006);
    assertThat(sent).isGreaterThanOrEqualTo(30);
  }

  @Test
  void binaryMessageClosesTheSocketWith4400() throws Exception {
    ChatClient.Socket socket = mallory.connect();

    socket.sendBinary((byte) 1);

    await().until(() -> socket.closeCode != 0);
    assertThat(socket.closeCode).isEqualTo(4400);
  }

  @Test
  void textOverTomcatsOwnLimitClosesTheSocketWith1009() throws Exception {
    ChatClient.Socket socket = mallory.connect();

    socket.send("x".repeat((64 << 10) + 1));

    await().until(() -> socket.closeCode != 0);
    assertThat(socket.closeCode).isEqualTo(1009);
  }

  @Test
  void unknownPathIs404AndWrongMethod405() throws Exception {
    assertError(alice.get("/api/nothing"), 404);
    assertError(alice.get("/api/login"), 405);
    assertThat(alice.get("/nothing.html").status()).isEqualTo(404);
    assertThat(alice.get("/../pom.xml").status()).isIn(400, 404);
  }

  /** Long, because a node that may not publish never gets ready. */
  @Test
  @Tag("full")
  void messageThatCannotBePublishedIs503AndNotKept() throws Exception {
    redis.command(
        "ACL", "SETUSER", "mute", "on", ">secret", "+@all", "-publish", "allkeys", "allchannels");
    String uri = "redis://mute:secret@127.0.0.1:" + redis.port();
    try (ChatApplication mute = ChatApplication.start(uri, "127.0.0.1", List.of(0))) {
      ChatClient aliceThere = alice.on(mute.nodes().get(0).port());

      assertError(aliceThere.say(conversation, "lost"), 503);

      assertThat(alice.get(ChatClient.messagesPath(conversation)).json()).isEmpty();
    }
  }

  @Test
  @Tag("full") // it takes seconds
  void everythingIs503WhileRedisIsAwayAndWorksAgainAfterwards() throws Exception {
    ChatClient.Socket socket = alice.connect();
    redis.kill();
    await().until(() -> socket.texts.contains("{\"type\":\"outage\"}"));

    // At the same time: each tries for some seconds, in case it is a failover.
    List<CompletableFuture<ChatClient.Answer>> refused =
        Stream.<Callable<ChatClient.Answer>>of(
                () -> alice.say(conversation, "lost"),
                () -> alice.get("/api/conversations"),
                () -> alice.post("/api/login", Map.of("user_id", "alice")),
                () -> alice.post("/api/ws-ticket", List.of()))
            .map(ChatRefusalsTest::inBackground)
            .toList();
    for (CompletableFuture<ChatClient.Answer> answer : refused) {
      assertError(answer.get(30, TimeUnit.SECONDS), 503);
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> alice.get("/health").status() == 503);
    assertThat(alice.get("/health").json().get("reason").asText()).isNotEmpty();
    assertThat(alice.get("/live").status()).isEqualTo(200);
    socket.send("{\"conversation_id\":\"" + conversation + "\",\"content\":\"lost\"}");
    await().until(() -> socket.texts.size() == 2);
    assertThat(socket.json(1).get("type").asText()).isEqualTo("error");

    redis.restart(); // empty: conversations and keys are gone
    await().atMost(Duration.ofSeconds(10)).until(() -> alice.get("/health").status() == 200);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> alice.on(second).get("/health").status() == 200);
    assertThat(alice.createConversation(conversation, "alice", "bob").status()).isEqualTo(201);
    assertThat(alice.on(second).say(conversation, "again").status()).isEqualTo(202);
    assertThat(ChatClient.loggedIn(second, "alice").get("/api/conversations").status())
        .isEqualTo(200);
    await().until(() -> socket.texts.size() == 4);
    assertThat(socket.json(2).get("type").asText()).isEqualTo("resync");
    assertThat(socket.json(3).get("content").asText()).isEqualTo("again");
  }

  private static <T> CompletableFuture<T> inBackground(Callable<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                result.complete(call.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            })
        .start();
    return result;
  }

  private static void assertError(ChatClient.Answer answer, int status) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.json().get("error").asText()).isNotEmpty();
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() -> ChatApplication.start(redis.uri(), "127.0.0.1", List.of(0, port)))
          .hasMessage(
              "port %s of 127.0.0.1 cannot be used: Address already in use; choose others, as in"
                      .formatted(port)
                  + " -Dchat.ports=9081,9082");
    }
  }
}
