package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.testkit.RecordingTransport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/presence.md, taken out of it, compiled and run. */
class PresenceDocumentTest {
  private static final String CODE =
      """
      public class Asking {
        public static Set<String> online(RedisFanout fanout) throws Exception {
          %s
          return online;
        }
        public static Map<String, Set<String>> where(RedisFanout fanout) throws Exception {
          %s
          return nodes;
        }
        public static FanoutConfig tracking() {
          %s
          return config;
        }
        public static class Friends {
          private final List<String> told;
          Friends(List<String> told) {
            this.told = told;
          }
          void tell(String userId, String what) {
            told.add(userId + " " + what);
          }
        }
        public static FanoutListener listener(List<String> told) {
          Friends friends = new Friends(told);
          %s
          return listener;
        }
      }
      """;

  @Test
  void snippetsSayWhoIsOnline(@TempDir Path directory) throws Exception {
    Document document = Document.read("docs/presence.md");
    Class<?> code =
        new SnippetCompiler(directory)
            .load(
                "Asking",
                CODE.formatted(
                    document.snippet("online"),
                    document.snippet("where"),
                    document.snippet("tracking"),
                    document.snippet("events")));
    List<String> told = new CopyOnWriteArrayList<>();
    FanoutConfig config = (FanoutConfig) code.getMethod("tracking").invoke(null);
    FanoutListener listener =
        (FanoutListener) code.getMethod("listener", List.class).invoke(null, told);
    try (InMemoryBackplane backplane = new InMemoryBackplane();
        RedisFanout node = RedisFanout.builder(backplane, config).listener(listener).start()) {
      node.open("alice", new RecordingTransport());

      await().atMost(Duration.ofSeconds(20)).until(() -> told.contains("alice online"));

      assertThat(code.getMethod("online", RedisFanout.class).invoke(null, node))
          .isEqualTo(Set.of("alice"));
      assertThat(code.getMethod("where", RedisFanout.class).invoke(null, node))
          .isEqualTo(Map.of("alice", Set.of(node.nodeId())));
    }
  }
}
