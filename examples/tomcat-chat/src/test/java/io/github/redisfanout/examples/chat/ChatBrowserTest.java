package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.examples.chat.ChatWindow.Message;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole example, seen in two browsers: one on each node, the second behind a proxy. */
class ChatBrowserTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @AutoClose private static Browser browser;
  private static ChatWindow window1;
  private static ChatWindow window2;

  @AutoClose private ChatApplication chat;
  @AutoClose private FaultProxy proxy;

  @BeforeAll
  static void openTheWindows() throws Exception {
    browser = Browser.find(System.getenv());
    window1 = browser.open();
    window2 = browser.open();
  }

  @BeforeEach
  void startTheChat() throws Exception {
    redis.command("FLUSHALL");
    chat = ChatApplication.start(redis.uri(), "127.0.0.1", List.of(0, 0));
    proxy = FaultProxy.to(chat.nodes().get(1).port());
  }

  private ChatWindow onNode1() {
    window1.visit(chat.nodes().get(0).url());
    return window1;
  }

  private ChatWindow onNode2() {
    window2.visit("http://127.0.0.1:" + proxy.port() + "/");
    return window2;
  }

  @Test
  void usersOnTwoNodesChatWithEachOther() throws Exception {
    ChatWindow alice = onNode1();
    ChatWindow bob = onNode2();
    alice.logIn("alice");
    bob.logIn("bob");
    alice.awaitNodeName("node-1");
    bob.awaitNodeName("node-2");

    List<Message> said = new ArrayList<>();
    alice.startConversation("bob");
    say("alice", alice, "Hello, Bob!", said);
    bob.openConversation();

    assertThat(alice.conversationTitle()).isEqualTo("bob");
    assertThat(bob.conversationTitle()).isEqualTo("alice");
    bob.awaitMessages(said);
    assertThatMessagesGoBothWays(alice, bob, said);
    assertThat(alice.consoleProblems()).isEmpty();
    assertThat(bob.consoleProblems()).isEmpty();
  }

  @Test
  void pageThatLostItsNodeComesBackByItselfAndShowsEachMessageOnceAndInOrder() throws Exception {
    ChatWindow alice = onNode1();
    ChatWindow bob = onNode2();
    alice.logIn("alice");
    bob.logIn("bob");
    alice.startConversation("bob");
    List<Message> said = new ArrayList<>();
    say("alice", alice, "before", said);
    bob.openConversation();
    bob.awaitMessages(said);

    proxy.refuse();
    bob.awaitConnection("disconnected");
    for (int i = 1; i <= 5; i++) {
      say("alice", alice, "missed " + i, said);
    }
    alice.awaitMessages(said);
    bob.awaitMessages(said.subList(0, 1));
    proxy.accept();

    bob.awaitConnection("connected");
    bob.awaitMessages(said);
    assertThatMessagesGoBothWays(alice, bob, said);
  }

  /**
   * Each message is awaited before the next: a page that receives nothing loads what was said now
   * and then, after it connected for example, but not each time.
   */
  private static void assertThatMessagesGoBothWays(
      ChatWindow alice, ChatWindow bob, List<Message> said) {
    for (int i = 1; i <= 3; i++) {
      say("alice", alice, "to Bob " + i, said);
      bob.awaitMessages(said);
    }
    for (int i = 1; i <= 3; i++) {
      say("bob", bob, "to Alice " + i, said);
      alice.awaitMessages(said);
    }
    bob.awaitMessages(said);
  }

  private static void say(String name, ChatWindow window, String content, List<Message> said) {
    window.send(content);
    said.add(new Message(name, content));
  }

  @Test
  @Tag("full") // it takes seconds
  void pageComesBackOnlyIfTheCloseCodeAllowsIt() throws Exception {
    ChatWindow alice = onNode1();
    ChatWindow bob = onNode2();
    alice.logIn("alice");
    bob.logIn("bob");

    assertThat(node(1).disconnect("bob", new Disconnect(4403, "banned until Monday"))).isOne();
    bob.awaitConnection("refused");
    assertThat(bob.error()).contains("4403", "banned until Monday");
    assertThatStaysAwayWhileAnotherOneComesBack(alice, bob);

    bob.visit("http://127.0.0.1:" + proxy.port() + "/"); // what the page asks its user to do
    bob.awaitConnection("connected");
    assertThat(node(1).disconnect("bob", new Disconnect(1009, "too big"))).isOne();
    bob.awaitConnection("disconnected");
    assertThatStaysAwayWhileAnotherOneComesBack(alice, bob);
    assertThat(bob.consoleProblems()).isEmpty();
  }

  /** It would come back at once if it took the events for a reason to. */
  private void assertThatStaysAwayWhileAnotherOneComesBack(ChatWindow alice, ChatWindow bob) {
    bob.evaluate("dispatchEvent(new Event('online'))");
    List<FanoutSession> before = node(0).sessions("alice");

    assertThat(node(0).disconnect("alice", Disconnect.FAILED)).isOne();

    await()
        .atMost(Duration.ofSeconds(15))
        .until(
            () ->
                !node(0).sessions("alice").isEmpty() && !node(0).sessions("alice").equals(before));
    alice.awaitConnection("connected");
    assertThat(node(1).sessions("bob")).isEmpty();
  }

  @Test
  @Tag("full") // it takes seconds
  void conversationReadInOneWindowIsReadInTheUsersOtherOneToo() throws Exception {
    ChatWindow here = onNode1();
    ChatWindow there = onNode2();
    here.logIn("alice");
    there.logIn("alice");
    ChatClient bob = ChatClient.loggedIn(chat.nodes().get(0).port(), "bob");
    bob.createConversation("c", "alice", "bob");
    bob.say("c", "hello");
    here.awaitUnreadConversations(1);
    there.awaitUnreadConversations(1);

    here.openConversation();

    there.awaitUnreadConversations(0);
    assertThat(there.consoleProblems()).isEmpty();
  }

  private RedisFanout node(int index) {
    return chat.nodes().get(index).fanout();
  }

  @Test
  void pauseDependsOnTheRangeOfTheCloseCode() {
    ChatWindow window = onNode1();

    assertThat(pauses(window, 4400, 4401, 4409, 4429, 4499)).containsOnlyNulls();
    assertThat(pauses(window, 1002, 1003, 1007, 1008, 1009, 1010))
        .allSatisfy(pause -> assertThat(pause.doubleValue()).isBetween(60_000.0, 60_250.0));
    assertThat(pauses(window, 1000, 1001, 1005, 1006, 1011, 1012, 1013, 4000, 4399, 4500))
        .allSatisfy(pause -> assertThat(pause.doubleValue()).isBetween(0.0, 250.0));
  }

  @Test
  void typingIsToldAtMostOnceASecondAndForgottenAfterAWhile() {
    Object seen =
        onNode1()
            .evaluate(
                """
                import('/typing.js').then(({ Typing }) => {
                  const told = [];
                  const timers = [];
                  const { setTimeout } = globalThis;
                  globalThis.setTimeout = action => timers.push(action);
                  try {
                    const typing = new Typing({ tell: to => told.push(to), onChange() {} });
                    for (let i = 0; i < 50; i++) {
                      typing.typed('c1');
                      typing.sent();
                      typing.typed('c2');
                    }
                    typing.started('c1', 'bob');
                    typing.started('c1', 'carol');
                    const shown = [typing.textFor('c1'), typing.textFor('c2')];
                    timers.forEach(action => action());
                    return [told.join(), ...shown, typing.textFor('c1')];
                  } finally {
                    globalThis.setTimeout = setTimeout;
                  }
                })""");

    assertThat(seen).isEqualTo(List.of("c1", "bob and carol are typing…", "", ""));
  }

  private static List<Number> pauses(ChatWindow window, Integer... codes) {
    Object pauses =
        window.evaluate(
            "import('/retry.js').then(retry => "
                + List.of(codes)
                + ".map(code => retry.pauseBeforeReconnect(code, 0)))");
    return ((List<?>) pauses).stream().map(Number.class::cast).toList();
  }

  /** A browser does not tell it that the answer was 401. */
  @Test
  @Tag("full") // it takes seconds
  void pageWhoseHandshakesAreRefusedAgainAndAgainStops() {
    Object stopped =
        refused(
            onNode1(), "Promise.resolve('made-up')", "Math.random = () => 0, import('/api.js')");

    assertThat(stopped).isEqualTo(1006L);
    assertThat(node(0).counters().handshakesRefused())
        .containsEntry(HandshakeRefusal.NO_IDENTITY, 20L);
  }

  @Test
  @Tag("full") // it takes seconds
  void pageThatIsRefusedATicketStopsAtOnce() {
    String refusal = "Promise.reject(new api.ApiError(403, 'no'))";

    assertThat(refused(onNode1(), refusal, "import('/api.js')")).isEqualTo(403L);
    assertThat(node(0).counters().handshakesRefused())
        .containsEntry(HandshakeRefusal.NO_IDENTITY, 0L);
  }

  /** With what code a connection stops whose tickets are these. */
  private static Object refused(ChatWindow window, String ticket, String before) {
    return window.evaluate(
        "("
            + before
            + ").then(api => import('/connection.js').then(module => new Promise(stopped =>"
            + " new module.Connection({ticket: () => "
            + ticket
            + ", onState: () => {}, onRefused: stopped, onOpen: () => {}, onPayload: () => {}})"
            + ".start())))");
  }

  @Test
  void pageShowsWhoIsOnlineWhoIsTypingAndWhetherSomebodyWasThere() {
    ChatWindow alice = onNode1();
    ChatWindow bob = onNode2();
    alice.logIn("alice");
    alice.startConversation("bob");
    alice.awaitPresence("bob", "offline");
    alice.send("Anybody?");
    alice.awaitReach("Nobody was there");

    bob.logIn("bob");
    bob.openConversation();
    bob.awaitPresence("alice", "online");
    bob.typeMessage("Y");
    alice.awaitTyping("bob is typing…");
    alice.awaitPresence("bob", "online");
    bob.sendTyped();
    alice.awaitMessages(List.of(new Message("alice", "Anybody?"), new Message("bob", "Y")));
    assertThat(alice.typing()).isEmpty();
    alice.send("Welcome");
    alice.awaitReach("Nobody was there", "✓ Everybody was there");
    assertThat(alice.consoleProblems()).isEmpty();
    assertThat(bob.consoleProblems()).isEmpty();

    bob.visit("about:blank");
    alice.awaitPresence("bob", "offline");
  }

  /** The message is kept and never published, as if Redis had lost it on the way to the node. */
  @Test
  @Tag("full")
  void pageWhoseNodeMissedMessagesLoadsThem() throws Exception {
    ChatWindow alice = onNode1();
    ChatWindow bob = onNode2();
    alice.logIn("alice");
    bob.logIn("bob");
    alice.startConversation("bob");
    List<Message> said = new ArrayList<>();
    say("alice", alice, "before", said);
    bob.openConversation();
    bob.awaitMessages(said);
    // After the login, when it is ready, and for a message of a conversation that it does not know.
    await().atMost(Duration.ofSeconds(10)).until(() -> loads(bob) >= 3);
    String messages = redis.command("KEYS", "*messages*");
    redis.command(
        "RPUSH",
        messages,
        redis
            .command("LINDEX", messages, "-1")
            .replace("before", "missed")
            .replaceFirst("\"created_at\":\"[^\"]+\"", "\"created_at\":\"" + Instant.now() + "\""));
    said.add(new Message("alice", "missed"));

    redis.command("CLIENT", "KILL", "TYPE", "pubsub");

    bob.awaitMessages(said);
    alice.awaitMessages(said);
    bob.awaitConnection("connected");
  }

  private static long loads(ChatWindow window) throws Exception {
    return (Long)
        window.evaluate(
            "performance.getEntriesByType('resource')"
                + ".filter(e => e.name.endsWith('/api/conversations')).length");
  }

  @Test
  void htmlInNamesAndMessagesIsTextAndRunsNothing() throws Exception {
    String html =
        "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>";
    ChatWindow mallory = onNode1();
    ChatWindow bob = onNode2();
    mallory.logIn(html);
    bob.logIn("bob");

    mallory.startConversation("bob");
    mallory.send(html);
    bob.openConversation();

    List<Message> sent = List.of(new Message(html, html));
    mallory.awaitMessages(sent);
    bob.awaitMessages(sent);
    assertThat(bob.conversationTitle()).isEqualTo(html);
    for (ChatWindow window : List.of(mallory, bob)) {
      assertThat(window.evaluate("document.querySelectorAll('img, body script').length"))
          .isEqualTo(0L);
      assertThat(window.evaluate("document.title")).isNotEqualTo("run");
      // Also what the content security policy stopped: it is not to be needed.
      assertThat(window.consoleProblems()).isEmpty();
    }
  }

  @Test
  @Tag("full") // it takes seconds
  void pageSaysByItselfThatItsNodeReceivesNothingAndWhenThatIsOver() throws Exception {
    ChatWindow alice = onNode1();
    alice.logIn("alice");
    alice.awaitConnection("connected");

    redis.kill();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> alice.error().contains("This node has lost its connection"));

    redis.restart();
    await().atMost(Duration.ofSeconds(30)).until(() -> !alice.error().contains("lost"));
  }

  @Test
  void pageNamesItsNodeWhenTheNodeReceivesNothing() throws Exception {
    redis.kill();
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> chat.nodes().get(1).fanout().health().status() == FanoutHealth.Status.DOWN);

    ChatWindow window = onNode2();

    window.awaitNodeName("node-2");
  }
}
