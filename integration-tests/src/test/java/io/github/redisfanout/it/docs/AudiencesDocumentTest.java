package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.testkit.RecordingTransport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/audiences.md, taken out of it, compiled and run. */
class AudiencesDocumentTest {
  private static final String CODE =
      """
      public class Audiences {
        public static void audiences(RedisFanout fanout, FanoutSession session, Object payload) {
          %s
        }
        public static Set<String> groups(FanoutSession session) {
          %s
          return groups;
        }
        public static void control(Publisher publisher) {
          %s
        }
        public static void order(Publisher publisher) {
          %s
        }
        interface Rooms { List<String> of(String userId); }
        public static FanoutConfig groupsOf() {
          Rooms rooms = userId -> List.of("room of " + userId);
          %s
          return config;
        }
      }
      """;

  private static Class<?> code;

  private final InMemoryBackplane backplane = new InMemoryBackplane();
  private RedisFanout node;

  @BeforeAll
  static void compile(@TempDir Path directory) throws Exception {
    code = new SnippetCompiler(directory).load("Audiences", source());
  }

  @BeforeEach
  void start() throws Exception {
    node = RedisFanout.builder(backplane, FanoutConfig.of("chat")).start();
    assertThat(node.awaitReady(Duration.ofSeconds(20))).isTrue();
  }

  private static String source() throws Exception {
    Document document = Document.read("docs/audiences.md");
    return CODE.formatted(
        document.snippet("audiences"),
        document.snippet("groups"),
        document.snippet("control"),
        document.snippet("order"),
        document.snippet("groups-of"));
  }

  @AfterEach
  void close() {
    node.close();
    backplane.close();
  }

  private RecordingTransport open(String userId, String... groups) {
    RecordingTransport transport = new RecordingTransport();
    FanoutSession session = node.open(userId, transport);
    List.of(groups).forEach(session::join);
    return transport;
  }

  @Test
  void audiencesReachWhomTheyName() throws Exception {
    RecordingTransport alice = new RecordingTransport();
    FanoutSession tab = node.open("alice", alice);
    tab.join("room-1");
    RecordingTransport bob = open("bob", "room-1");
    RecordingTransport carol = open("carol", "room-2");

    code.getMethod("audiences", RedisFanout.class, FanoutSession.class, Object.class)
        .invoke(null, node, tab, 1);
    node.publisher().publishAndWait(Audience.everyone(), "end", Duration.ofSeconds(20));

    List.of(alice, bob, carol).forEach(client -> client.awaitText("\"end\""));
    assertThat(alice.texts()).hasSize(4);
    assertThat(bob.texts()).hasSize(6);
    assertThat(carol.texts()).hasSize(3);
  }

  @Test
  void groupsAreJoinedAndLeft() throws Exception {
    FanoutSession session = node.open("alice", new RecordingTransport());

    assertThat(code.getMethod("groups", FanoutSession.class).invoke(null, session))
        .isEqualTo(Set.of());
    assertThat(node.counters().joins()).isEqualTo(1);
  }

  @Test
  void controlChangesGroupsAndDisconnects() throws Exception {
    RecordingTransport mallory = open("mallory");
    open("alice");
    open("bob", "room-1");

    code.getMethod("control", Publisher.class).invoke(null, node.publisher());

    assertThat(mallory.awaitDisconnect()).isEqualTo(new Disconnect(4403, "banned"));
    assertThat(node.sessions("alice").get(0).groups()).containsExactly("room-1");
    await().until(() -> node.sessions("bob").get(0).groups().isEmpty());
  }

  @Test
  void orderIsThatOfTheCalls() throws Exception {
    RecordingTransport alice = open("alice");

    code.getMethod("order", Publisher.class).invoke(null, node.publisher());

    assertThat(alice.awaitDisconnect()).isEqualTo(Disconnect.NOT_ALLOWED);
    assertThat(alice.texts()).containsExactly("\"for alice, too\"");
  }

  @Test
  void groupsOfIsASetting() throws Exception {
    FanoutConfig config = (FanoutConfig) code.getMethod("groupsOf").invoke(null);

    assertThat(config.groupsOf().orElseThrow().apply("alice")).hasToString("[room of alice]");
  }
}
