package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is published as soon as a client knows that it receives reaches it. */
class ReadyTest {
  private static final String READY = "{\"type\":\"ready\"}";

  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @Test
  void clientsThatWaitForTheNoticeMissNothing() {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri()).config(config -> config.readyNotice(READY)).start()) {
      for (int i = 0; i < 200; i++) {
        String user = "user-" + i;
        try (RecordingClient client = node.connectTo("/ws?user=" + user)) {
          assertThat(client.next()).isEqualTo(READY); // without it, some would miss the next one

          node.fanout.publisher().publish(List.of(user), i).join();

          assertThat(client.next()).isEqualTo(String.valueOf(i));
        }
      }
    }
  }
}
