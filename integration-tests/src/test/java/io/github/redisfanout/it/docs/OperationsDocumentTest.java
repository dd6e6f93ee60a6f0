package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.it.Nodes;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/operations.md names every counter, reason and status, and its code works. */
class OperationsDocumentTest {
  @TempDir Path directory;

  @Test
  void everyCounterReasonAndStatusIsNamed() throws Exception {
    String text = Document.read("docs/operations.md").text();

    for (Method counter : FanoutCounters.class.getDeclaredMethods()) {
      if (Modifier.isPublic(counter.getModifiers()) && !counter.getName().equals("toString")) {
        assertThat(text).contains("`" + counter.getName() + "`");
      }
    }
    for (DropReason reason : DropReason.values()) {
      assertThat(text).contains("`" + reason + "`");
    }
    for (FanoutHealth.Status status : FanoutHealth.Status.values()) {
      assertThat(text).containsPattern("\\| " + status + "\\b");
    }
  }

  @Test
  void readinessAndStopSnippetsWork() throws Exception {
    Document page = Document.read("docs/operations.md");
    Class<?> operations =
        new SnippetCompiler(directory)
            .load(
                "Operations",
                "public class Operations { public static boolean isReady(RedisFanout fanout) {\n"
                    + page.snippet("ready")
                    + "return isReady; }\npublic static void stop(RedisFanout fanout) {\n"
                    + page.snippet("stop").replace("ofSeconds(30)", "ZERO")
                    + "}}");
    try (InMemoryBackplane backplane = new InMemoryBackplane()) {
      RedisFanout node = RedisFanout.builder(backplane, FanoutConfig.of(Nodes.CHANNEL)).start();
      assertThat(isReady(operations, node)).isTrue();

      operations.getMethod("stop", RedisFanout.class).invoke(null, node);

      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
      assertThat(isReady(operations, node)).isFalse();
    }
  }

  private static boolean isReady(Class<?> operations, RedisFanout node) throws Exception {
    return (boolean) operations.getMethod("isReady", RedisFanout.class).invoke(null, node);
  }
}
