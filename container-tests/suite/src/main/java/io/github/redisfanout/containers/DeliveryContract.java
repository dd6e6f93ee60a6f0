package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Well-behaved clients: what is published reaches them, whole and in order. */
public abstract class DeliveryContract extends ContainerContract {

  @Test
  void everySessionOfTheUserGetsEveryMessageInOrder() throws Exception {
    try (Node node = node(config().sessionQueueMessages(500)); // clients may stand still
        RecordingClient phone = node.connect("alice");
        RecordingClient laptop = node.connect("alice");
        RecordingClient bob = node.connect("bob")) {
      for (int i = 0; i < 500; i++) {
        node.publish(List.of("alice"), i);
      }
      for (int i = 0; i < 500; i++) {
        assertThat(phone.next()).isEqualTo("" + i);
        assertThat(laptop.next()).isEqualTo("" + i);
      }
      assertThat(bob.waiting()).isEmpty();
    }
  }

  @Test
  void largeTextArrivesWhole() throws Exception {
    try (Node node = node();
        RecordingClient alice = node.connect("alice")) {
      String json = "\"" + "é😀".repeat(50_000) + "\"";

      node.fanout().publisher().publishJson(List.of("alice"), json).get(10, TimeUnit.SECONDS);

      assertThat(alice.next()).isEqualTo(json);
    }
  }

  @Test
  void sessionThatLeavesIsUnregistered() throws Exception {
    try (Node node = node();
        RecordingClient alice = node.connect("alice");
        RecordingClient bob = node.connect("bob")) {
      alice.leave();
      bob.close();

      await().until(() -> node.fanout().counters().sessions() == 0);
      assertThat(node.fanout().counters().disconnects()).isEmpty();
    }
  }
}
