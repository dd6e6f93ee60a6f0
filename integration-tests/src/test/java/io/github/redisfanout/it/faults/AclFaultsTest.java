package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Redis does not permit what a node needs, and later does; the node recovers by itself. */
class AclFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final String CHANNEL_DENIED = "NOPERM"; // the words differ between versions

  private AdminConnection admin;

  /** The user has exactly what a node needs. */
  @BeforeEach
  void createUser() {
    admin = new AdminConnection(redis);
    permit("reset", "resetchannels", "on", ">secret"); // before Redis 7 a user has all channels
    permit("&chat", "&chat:probe:*");
    permit("+subscribe", "+publish");
  }

  @AfterEach
  void deleteUser() {
    // By its user: a connection without rights cannot set its name.
    await().atMost(Duration.ofSeconds(10)).until(() -> admin.connectionsOf("app") == 0);
    admin.call("ACL", "DELUSER", "app");
    admin.close();
    Leftovers.assertNone(redis);
  }

  @Test
  void twoCommandsAndTheChannelAreEnough() throws Exception {
    try (ObservedNode node = ObservedNode.up(endpoint())) {
      node.assertFlows("end");

      node.assertStates(ConnectionState.CONNECTING, ConnectionState.UP);
    }
  }

  @Test
  void userWithoutTheChannelReceivesOnceItIsPermitted() throws Exception {
    permit("resetchannels");
    try (ObservedNode node = new ObservedNode(endpoint())) {
      node.awaitDown(CHANNEL_DENIED);
      admin.awaitRefusals("NOPERM", 4);
      assertRejected(node, CHANNEL_DENIED);
      node.assertState(ConnectionState.DOWN);

      permit("&chat", "&chat:probe:*");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("end");
      node.assertConnectedLate();
    }
  }

  @Test
  void channelThatIsTakenAwayIsReceivedAgainWhenItIsGivenBack() throws Exception {
    try (ObservedNode node = ObservedNode.up(endpoint())) {
      node.assertFlows("before");

      permit("resetchannels"); // Redis itself ends the connections that have subscribed to it
      Instant fault = Instant.now();
      node.awaitDown(CHANNEL_DENIED);
      admin.awaitRefusals("NOPERM", 4);
      assertRejected(node, CHANNEL_DENIED);
      node.assertState(ConnectionState.DOWN);
      Instant cure = Instant.now();
      permit("&chat", "&chat:probe:*");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("before", "end");
      node.assertLostOnce(fault, cure);
    }
  }

  @Test
  void userWithoutSubscribeOnlyPublishes() throws Exception {
    permit("-subscribe");
    try (ObservedNode node = new ObservedNode(endpoint());
        ObservedNode other = ObservedNode.up(RedisEndpoint.of(redis.uri()))) {
      node.awaitDown("NOPERM");
      node.publish("one way");
      other.awaitReceived("one way");

      permit("+subscribe");

      node.awaitUp();
      node.publish("end");
      node.awaitReceived("end");
      node.assertReceived("end");
      other.assertReceived("one way", "end");
      node.assertConnectedLate();
    }
  }

  @Test
  @Tag("full")
  void subscribeThatIsTakenAwayIsFoundByTheHeartbeat() throws Exception {
    try (ObservedNode node = ObservedNode.up(endpoint())) {
      node.assertFlows("before");

      permit("-subscribe"); // Redis leaves the subscription as it is
      Instant fault = Instant.now();
      node.awaitDown("NOPERM");
      Instant cure = Instant.now();
      permit("+subscribe");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("before", "end");
      node.assertLostOnce(fault, cure);
    }
  }

  @Test
  void userWithoutPublishOnlyReceives() throws Exception {
    permit("-publish");
    try (ObservedNode node = new ObservedNode(endpoint());
        ObservedNode other = ObservedNode.up(RedisEndpoint.of(redis.uri()))) {
      node.awaitUnableToPublish("NOPERM");
      assertRejected(node, "NOPERM");
      other.publish("one way");
      node.awaitReceived("one way");
      node.awaitUnableToPublish("NOPERM");

      permit("+publish");

      node.publish("end");
      node.awaitReceived("end");
      node.assertReceived("one way", "end");
      node.assertStates(ConnectionState.CONNECTING, ConnectionState.UP);
    }
  }

  @Test
  void deletedUserIsWaitedForUntilItIsBack() throws Exception {
    try (ObservedNode node = ObservedNode.up(endpoint())) {
      admin.call("ACL", "DELUSER", "app"); // ends its connections
      Instant fault = Instant.now();
      node.awaitDown("WRONGPASS");
      admin.awaitRefusals("WRONGPASS", 6);
      assertThat(node.publishUnsent().failure()).isEqualTo(PublishFailure.EXPIRED);
      Instant cure = Instant.now();
      permit("on", ">secret", "allchannels", "+@all");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("end");
      node.assertLostOnce(fault, cure);
    }
  }

  @Test
  void nodeIsClosedWhileItIsPermittedNothing() {
    permit("resetchannels");
    ObservedNode node = new ObservedNode(endpoint());
    node.awaitDown("NOPERM");

    node.assertClosesAtOnce();
  }

  private static void assertRejected(ObservedNode node, String words) {
    PublishException refused = node.publishRefused();
    assertThat(refused.failure()).isEqualTo(PublishFailure.REJECTED);
    assertThat(refused).hasMessageStartingWith("publish REJECTED: " + words); // Redis 6 says more
  }

  private void permit(String... rules) {
    String[] command = new String[rules.length + 3];
    System.arraycopy(new String[] {"ACL", "SETUSER", "app"}, 0, command, 0, 3);
    System.arraycopy(rules, 0, command, 3, rules.length);
    admin.call(command);
  }

  private static RedisEndpoint endpoint() {
    return RedisEndpoint.of("redis://app:secret@127.0.0.1:" + redis.port());
  }
}
