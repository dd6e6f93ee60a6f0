package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.CommonReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.testkit.RecordingTransport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/routing.md, taken out of it, compiled and run; and its table of reasons. */
class RoutingDocumentTest {
  private static final String CODE =
      """
      public class Routes {
        public interface PushNotifications { void send(String user, Object message); }
        public static FanoutConfig config() {
          %s
          return config;
        }
        public static void offline(Publisher publisher, List<String> notified) {
          Object message = 1;
          PushNotifications pushNotifications = (user, notification) -> notified.add(user);
          %s
        }
      }
      """;

  private static Document document;
  private static Class<?> code;

  @BeforeAll
  static void compile(@TempDir Path directory) throws Exception {
    document = Document.read("docs/routing.md");
    code =
        new SnippetCompiler(directory)
            .load(
                "Routes", CODE.formatted(document.snippet("routing"), document.snippet("offline")));
  }

  @Test
  void whoIsOfflineIsNotified() throws Exception {
    FanoutConfig config = (FanoutConfig) code.getMethod("config").invoke(null);
    RecordingTransport alice = new RecordingTransport();
    List<String> notified = new ArrayList<>();
    try (InMemoryBackplane backplane = new InMemoryBackplane();
        RedisFanout node = RedisFanout.builder(backplane, config).start()) {
      assertThat(node.awaitReady(Duration.ofSeconds(20))).isTrue();
      node.open("alice", alice).ready().get(20, TimeUnit.SECONDS);

      code.getMethod("offline", Publisher.class, List.class)
          .invoke(null, node.publisher(), notified);

      assertThat(notified).containsExactly("bob");
      alice.awaitText("1");
    }
  }

  @Test
  void everyReasonIsInTheTable() {
    for (CommonReason reason : CommonReason.values()) {
      assertThat(document.text()).contains("| `" + reason + "` |");
    }
  }
}
