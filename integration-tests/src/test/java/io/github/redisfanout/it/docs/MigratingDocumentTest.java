package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages of the Python service are delivered as docs/migrating.md says. */
class MigratingDocumentTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @Test
  void messagesOfPythonAreDeliveredAsTheTableSays() throws Exception {
    List<List<String>> rows =
        Document.read("docs/migrating.md").rows().stream()
            .filter(row -> row.get(0).startsWith("`{"))
            .toList();
    assertThat(rows).hasSize(5);
    try (RedisFanout node = RedisFanout.connect(redis.uri(), "chat_broadcast_channel")) {
      assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();
      for (List<String> row : rows) {
        RecordingTransport client = new RecordingTransport();
        FanoutSession session = node.open(code(row.get(1)), client);

        redis.command("PUBLISH", node.config().channel(), code(row.get(0)));

        client.awaitText(code(row.get(2)));
        session.clientLeft();
      }
      assertThat(node.counters().malformed()).isZero();
    }
  }

  private static String code(String cell) {
    return cell.substring(1, cell.length() - 1);
  }
}
