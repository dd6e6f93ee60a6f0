package io.github.redisfanout.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.testkit.RecordingTransport;
import org.junit.jupiter.api.Test;

class UnreadMessagesTest {
  @Test
  void clientThatDoesNotReadIsDisconnected() {
    FanoutConfig config = FanoutConfig.builder("test").sessionQueueMessages(2).build();
    try (InMemoryBackplane backplane = new InMemoryBackplane();
        RedisFanout node = RedisFanout.builder(backplane, config).start()) {
      RecordingTransport alice = new RecordingTransport();
      alice.hold(); // writes begin, and are not reported as done
      FanoutSession session = node.open("alice", alice);

      for (int i = 0; i < 4; i++) { // one on its way, two that wait, one too many
        session.send(i);
      }

      assertThat(alice.awaitDisconnect()).isEqualTo(Disconnect.SLOW_CLIENT);
      assertThat(alice.wasForced()).isTrue();
    }
  }
}
