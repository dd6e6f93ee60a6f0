package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.jakarta.JakartaConfig;
import io.github.redisfanout.jakarta.TextHandler;
import io.github.redisfanout.testkit.RecordingClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/**
 * What clients send is checked against the limits, and a client over them learns why it is closed.
 */
public abstract class InboundContract extends ContainerContract {
  private static final int LIMIT = 3_000;
  private static final String TOO_LONG = "4413 message is too long";

  /** Exactly the limit in UTF-8: two bytes, three, four, and one. */
  private static final String LONGEST = "é€😀a".repeat(LIMIT / 10);

  private final List<String> handled = new CopyOnWriteArrayList<>();
  private final TextHandler keep = (session, text) -> handled.add(text);

  private Node limited() throws Exception {
    return node(config(), JakartaConfig.builder().inboundTextLimitBytes(LIMIT), keep);
  }

  @Test
  void textOfExactlyTheLimitIsTakenInOneFrame() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.send(LONGEST);
      alice.send("after");

      soon().until(() -> handled.size() == 2);
      assertThat(handled).containsExactly(LONGEST, "after");
    }
  }

  @Test
  void textOfExactlyTheLimitIsTakenInFragmentsThatEndWithinCharacters() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.sendFragments(LONGEST, 7);
      alice.sendFragments("éé", 1);

      soon().until(() -> handled.size() == 2);
      assertThat(handled).containsExactly(LONGEST, "éé");
    }
  }

  @Test
  void oneByteMoreInOneFrameIsTooLong() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.send(LONGEST + "b");

      assertThat(alice.awaitClosed()).isEqualTo(TOO_LONG);
      assertThat(handled).isEmpty();
      assertThat(node.disconnects()).isEqualTo(Map.of(4413, 1L));
    }
  }

  @Test
  void oneByteMoreInFragmentsIsTooLong() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.sendFragments(LONGEST + "b", 10);

      assertThat(alice.awaitClosed()).isEqualTo(TOO_LONG);
      assertThat(handled).isEmpty();
      assertThat(node.disconnects()).isEqualTo(Map.of(4413, 1L));
    }
  }

  @Test
  void textThatDoesNotEndIsTooLongAsSoonAsItIsOverTheLimit() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.sendUnended(LONGEST + "b", 100);

      assertThat(alice.awaitClosed()).isEqualTo(TOO_LONG);
      assertThat(handled).isEmpty();
      assertThat(node.disconnects()).isEqualTo(Map.of(4413, 1L));
    }
  }

  @Test
  void largeFrameIsTooLong() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      sendAside(alice, "x".repeat(1 << 20));

      assertThat(alice.awaitClosed()).isEqualTo(TOO_LONG);
      assertThat(handled).isEmpty();
      assertThat(node.disconnects()).isEqualTo(Map.of(4413, 1L));
    }
  }

  @Test
  void hugeFrameIsTooLong() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      sendAside(alice, "x".repeat(8 << 20));

      String closed = alice.awaitClosed();

      assertThat(handled).isEmpty();
      if (deviates(Deviation.KEEPS_WHOLE_FRAMES)) {
        assertThat(closed).isEqualTo("1011 Buffer overflow.");
        soon().until(() -> node.fanout().counters().sessions() == 0);
        skip(Deviation.KEEPS_WHOLE_FRAMES);
      }
      assertThat(closed).isEqualTo(TOO_LONG);
      assertThat(node.disconnects()).isEqualTo(Map.of(4413, 1L));
    }
  }

  /** Sends, unless the server has closed the connection already, as it may. */
  private static boolean isCut(RawClient client, String text) {
    try {
      client.send(text);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** On a thread of its own, which ends with the connection: the server may stop to read. */
  private static void sendAside(RawClient client, String text) {
    Thread sender =
        new Thread(
            () -> {
              try {
                client.send(text);
              } catch (IOException e) {
                // The server has closed the connection meanwhile, as it should.
              }
            });
    sender.setDaemon(true);
    sender.start();
  }

  @Test
  void nothingThatFollowsATextThatIsTooLongIsHandled() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.send("before");
      alice.send(LONGEST + "b");
      boolean cut = false;
      for (int i = 0; i < 50 && !cut; i++) {
        cut = isCut(alice, "after");
      }

      if (!cut) {
        assertThat(alice.awaitClosed()).isEqualTo(TOO_LONG);
      }
      soon().until(() -> node.fanout().counters().sessions() == 0);
      assertThat(handled).containsExactly("before");
    }
  }

  @Test
  void clientThatKeepsSendingLearnsWhyItIsDisconnected() throws Exception {
    try (Node node = limited()) {
      for (int i = 0; i < 10; i++) {
        try (RawClient alice = RawClient.connect(node, "alice" + i)) {
          for (int message = 0; message < 20; message++) {
            alice.send("more");
          }
          node.session("alice" + i).disconnect(new Disconnect(4001, "enough"));

          assertThat(alice.awaitClosed()).isEqualTo("4001 enough");
        }
      }
      assertThat(node.disconnects()).isEqualTo(Map.of(4001, 10L));
    }
  }

  @Test
  void binaryMessageIsNotAccepted() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.sendBinary(10);

      assertThat(alice.awaitClosed()).isEqualTo("4400 binary messages are not accepted");
      assertThat(node.disconnects()).isEqualTo(Map.of(4400, 1L));
    }
  }

  @Test
  void longBinaryMessageIsNotAccepted() throws Exception {
    try (Node node = limited();
        RawClient alice = RawClient.connect(node, "alice")) {
      alice.sendBinary(20_000);

      assertThat(alice.awaitClosed()).isEqualTo("4400 binary messages are not accepted");
      assertThat(node.disconnects()).isEqualTo(Map.of(4400, 1L));
    }
  }

  @Test
  void handlerThatThrowsEndsItsSessionOnly() throws Exception {
    TextHandler picky =
        (session, text) -> {
          if (text.equals("bad")) {
            throw new IllegalStateException("planted");
          }
          session.send(text);
        };
    try (Node node = node(config(), JakartaConfig.builder(), picky);
        RecordingClient alice = node.connect("alice");
        RecordingClient bob = node.connect("bob")) {
      alice.send("bad");
      bob.send("good");

      assertThat(alice.awaitClosed()).isEqualTo("1011 session failed");
      assertThat(bob.next()).isEqualTo("\"good\"");
      soon().until(() -> node.fanout().counters().sessions() == 1);
      soon().until(() -> node.fanout().counters().disconnects().equals(Map.of(1011, 1L)));
    }
  }

  @Test
  void tooManyMessagesEndTheSession() throws Exception {
    try (Node node = node(config(), JakartaConfig.builder().inboundRate(1, 3), keep);
        RawClient alice = RawClient.connect(node, "alice")) {
      for (int i = 0; i < 20; i++) {
        alice.send("" + i);
      }

      assertThat(alice.awaitClosed()).isEqualTo("4429 too many messages");
      assertThat(handled).containsExactly("0", "1", "2");
      assertThat(node.disconnects()).isEqualTo(Map.of(4429, 1L));
    }
  }
}
