package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.jakarta.OpenHandler;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/sessions.md, taken out of it, compiled and run on two nodes. */
class SessionsDocumentTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @TempDir static Path directory;

  private static final Nodes nodes = new Nodes(redis.uri(), FanoutConfig.of(Nodes.CHANNEL));
  private static RedisFanout first;
  private static RedisFanout second;
  private static Class<?> snippets;

  @BeforeAll
  static void start() throws Exception {
    first = nodes.start();
    second = nodes.start();
    Document document = Document.read("docs/sessions.md");
    snippets =
        new SnippetCompiler(directory)
            .load(
                "Snippets",
                """
                public class Snippets {
                  static void handle(FanoutSession session, String text) {}
                  public static FanoutEndpoint endpoint(JakartaFanout sockets) {
                    return %s;
                  }
                  static String historyOf(String userId) { return "history of " + userId; }
                  public static void sendHistory(FanoutSession session) {
                    %s
                  }
                  public static OpenHandler oneSession(Publisher publisher) {
                    return %s;
                  }
                  public static void disconnect(Publisher publisher) {
                    %s
                  }
                  public static void tellOtherTabs(
                      Publisher publisher, String userId, String sessionId, String id) {
                    %s
                  }
                }
                """
                    .formatted(
                        document.snippet("open-handler"),
                        document.snippet("ready"),
                        document.snippet("one-session"),
                        document.snippet("disconnect-everywhere"),
                        document.snippet("other-tabs")));
  }

  @AfterAll
  static void closeNodes() {
    nodes.close();
  }

  private static Object run(String method, Class<?>[] types, Object... arguments) throws Exception {
    return snippets.getMethod(method, types).invoke(null, arguments);
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30));
  }

  private static long sessions(String user) {
    return first.sessions(user).size() + second.sessions(user).size();
  }

  @Test
  void userIsDisconnectedOnEveryNode() throws Exception {
    RecordingTransport here = new RecordingTransport();
    RecordingTransport there = new RecordingTransport();
    first.open("mallory", here);
    second.open("mallory", there);

    run("disconnect", new Class<?>[] {Publisher.class}, first.publisher());

    for (RecordingTransport session : List.of(here, there)) {
      soon().until(() -> !session.disconnects().isEmpty());
      assertThat(session.disconnects()).containsExactly(new Disconnect(4403, "banned"));
    }
  }

  @Test
  void otherTabsAreTold() throws Exception {
    RecordingTransport own = new RecordingTransport();
    RecordingTransport other = new RecordingTransport();
    String id = first.open("bob", own).id();
    second.open("bob", other);

    run(
        "tellOtherTabs",
        new Class<?>[] {Publisher.class, String.class, String.class, String.class},
        second.publisher(),
        "bob",
        id,
        "c1");
    second.publisher().publishAndWait(Audience.user("bob"), "end", Duration.ofSeconds(10));

    own.awaitText("\"end\"");
    other.awaitText("\"end\"");
    assertThat(own.texts()).containsExactly("\"end\"");
    assertThat(other.texts()).hasSize(2);
    assertThat(other.texts().get(0)).contains("\"read\"", "\"c1\"");
  }

  @Test
  void sessionThatIsReadySendsItsHistory() throws Exception {
    RecordingTransport carol = new RecordingTransport();

    run("sendHistory", new Class<?>[] {FanoutSession.class}, first.open("carol", carol));

    carol.awaitText("\"history of carol\"");
  }

  private static FanoutSession openAlone(
      RedisFanout node, String user, RecordingTransport transport) throws Exception {
    FanoutSession session = node.open(user, transport);
    OpenHandler handler =
        (OpenHandler) run("oneSession", new Class<?>[] {Publisher.class}, node.publisher());
    handler.onOpen(session, null);
    return session;
  }

  @Test
  void newSessionReplacesThoseOnEveryNode() throws Exception {
    RecordingTransport here = new RecordingTransport();
    RecordingTransport there = new RecordingTransport();
    RecordingTransport newest = new RecordingTransport();
    first.open("alice", here);
    second.open("alice", there);

    openAlone(second, "alice", newest);

    for (RecordingTransport older : List.of(here, there)) {
      soon().until(() -> !older.disconnects().isEmpty());
      assertThat(older.disconnects()).containsExactly(Disconnect.REPLACED);
    }
    second.publisher().publishAndWait(Audience.user("alice"), "end", Duration.ofSeconds(10));
    newest.awaitText("\"end\"");
    assertThat(newest.disconnects()).isEmpty();
  }

  /** They may replace each other, so that none is left; two never are. */
  @Test
  @Tag("full") // it takes seconds
  void ofTwoSessionsThatOpenAtTheSameMomentOneIsLeftAtMost() throws Exception {
    int rounds = 1_000;
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < rounds; round++) {
        String user = "user" + round;
        CyclicBarrier gate = new CyclicBarrier(2);
        List<Future<FanoutSession>> opening = new ArrayList<>();
        for (RedisFanout node : List.of(first, second)) {
          opening.add(
              threads.submit(
                  () -> {
                    gate.await(30, TimeUnit.SECONDS);
                    return openAlone(node, user, new RecordingTransport());
                  }));
        }
        for (Future<FanoutSession> opened : opening) {
          opened.get(60, TimeUnit.SECONDS);
        }
        soon().until(() -> sessions(user) <= 1);
      }
    } finally {
      threads.shutdownNow();
    }
    long none = IntStream.range(0, rounds).filter(i -> sessions("user" + i) == 0).count();
    System.out.println("Of " + rounds + " pairs, " + none + " replaced each other");
  }
}
