package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Redis' host name moves, or is unknown for a while; the node recovers by itself. */
class DnsFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** Nothing listens there without {@link #startElsewhere}. */
  private static final String ELSEWHERE = "127.0.0.2";

  private HostsFile hosts;

  @BeforeEach
  void openHosts() throws IOException {
    hosts = new HostsFile();
  }

  @AfterEach
  void closeHosts() throws IOException {
    hosts.close();
    Leftovers.assertNone(redis);
  }

  @Test
  void nodeFollowsTheNameToAnotherRedis() throws Exception {
    hosts.point("127.0.0.1");
    try (RedisProcess other = startElsewhere();
        ObservedNode node = ObservedNode.up(endpoint())) {
      node.assertFlows("before");

      redis.kill();
      Instant fault = Instant.now();
      node.awaitDown("Connection refused");
      assertThat(node.publishUnsent().failure()).isEqualTo(PublishFailure.EXPIRED);
      node.assertState(ConnectionState.DOWN);
      Instant cure = Instant.now();
      hosts.point(ELSEWHERE);

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("before", "end");
      node.assertLostOnce(fault, cure);
      assertThat(other.isRunning()).isTrue();
    }
  }

  @Test
  void openConnectionsStayWhenTheNameMovesAndTheNextOnesFollowIt() throws Exception {
    hosts.point("127.0.0.1");
    try (RedisProcess other = startElsewhere();
        AdminConnection admin = new AdminConnection(redis);
        ObservedNode node = ObservedNode.up(endpoint())) {
      hosts.point(ELSEWHERE);
      node.assertFlows("before");
      FaultRig.within(FaultRig.LIMIT).until(() -> Leftovers.connections(redis).size() == 3);

      Instant cure = Instant.now();
      admin.killClients();
      node.assertLostOnce(Instant.now(), cure);

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("before", "end");
      assertThat(Leftovers.connections(redis)).isEmpty();
      assertThat(other.isRunning()).isTrue();
    }
  }

  @Test
  void unknownNameAtStartIsLookedUpUntilItIsKnown() throws Exception {
    try (ObservedNode node = new ObservedNode(endpoint())) {
      node.awaitDown(HostsFile.HOST);
      assertThat(node.publishUnsent().failure()).isEqualTo(PublishFailure.EXPIRED);

      hosts.point("127.0.0.1");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("end");
      node.assertConnectedLate();
    }
  }

  @Test
  void nameThatBecomesUnknownIsLookedUpUntilItIsKnownAgain() throws Exception {
    hosts.point("127.0.0.1");
    try (ObservedNode node = ObservedNode.up(endpoint())) {
      hosts.point();
      redis.kill();
      Instant fault = Instant.now();
      node.awaitDown(HostsFile.HOST);
      redis.restart();
      Instant cure = Instant.now();
      hosts.point("127.0.0.1");

      node.awaitUp();
      node.assertFlows("end");
      node.assertLostOnce(fault, cure);
    }
  }

  @Test
  void allAddressesOfTheNameAreTried() throws Exception {
    hosts.point(ELSEWHERE, "127.0.0.1");
    try (ObservedNode node = ObservedNode.up(endpoint())) {
      node.assertFlows("end");

      // Either may be tried first.
      node.assertStates(ConnectionState.CONNECTING, ConnectionState.UP);
    }
  }

  @Test
  void nodeIsClosedWhileTheNameIsUnknown() {
    ObservedNode node = new ObservedNode(endpoint());
    node.awaitDown(HostsFile.HOST);

    node.assertClosesAtOnce();
  }

  private static RedisEndpoint endpoint() {
    return RedisEndpoint.of("redis://" + HostsFile.HOST + ":" + redis.port());
  }

  /** Another Redis on the same port of another address; it takes no commands from the test. */
  private static RedisProcess startElsewhere() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ELSEWHERE))) {
      assertThat(socket.isBound()).isTrue();
    } catch (IOException e) {
      abort("this machine has no " + ELSEWHERE + ": " + e.getMessage());
    }
    if (System.getProperty("compat.redis", "").startsWith("6.")) {
      abort("before Redis 7 a server cannot move to another address");
    }
    RedisProcess other = RedisProcess.start("--protected-mode", "no");
    try {
      String port = Integer.toString(redis.port());
      other.command("CONFIG", "SET", "bind", ELSEWHERE, "port", port);
      return other;
    } catch (RuntimeException e) {
      other.close();
      throw e;
    }
  }
}
