package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
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
    assertThat(rows).hasSize(7);
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

  @Test
  void notANumberIsMalformedAndTheNextMessageArrives() throws Exception {
    RecordingTransport client = new RecordingTransport();
    try (RedisFanout node = RedisFanout.connect(redis.uri(), "chat_broadcast_channel")) {
      assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();
      node.open("alice", client);
      for (String number : List.of("NaN", "Infinity", "-Infinity", "1")) {
        redis.command(
            "PUBLISH",
            node.config().channel(),
            "{\"target_user_ids\": [\"alice\"], \"payload\": {\"n\": " + number + "}}");
      }

      client.awaitText("{\"n\": 1}");
      assertThat(node.counters().malformed()).isEqualTo(3);
    }
  }

  @Test
  void urisOfPythonAreReadOrRefusedAsTheTableSays() throws Exception {
    List<List<String>> rows =
        Document.read("docs/migrating.md").rows().stream()
            .filter(row -> row.get(0).matches("`(rediss?|unix):.*"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(9);
    for (List<String> row : rows) {
      for (String uri : row.get(0).split(", ")) {
        String read = read(code(uri));
        if (row.get(2).startsWith("refused")) {
          assertThat(read).startsWith("Redis URI").doesNotContain("p@ss", "50%off", "secret");
        } else {
          assertThat(read).as(uri).isEqualTo("read");
        }
      }
    }
    assertThat(read(" redis://localhost:6379/0\r\n")).isEqualTo("read");
  }

  /** The message of a URI that is refused. */
  private static String read(String uri) {
    try {
      RedisEndpoint.of(uri);
      return "read";
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }

  private static String code(String cell) {
    return cell.substring(1, cell.length() - 1);
  }
}
