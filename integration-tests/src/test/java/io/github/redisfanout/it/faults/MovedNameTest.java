package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.Fencing;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Connection;

/**
 * An operator or a managed service replaces the master, and the name of Redis moves to the new one.
 * There is no sentinel to report it, and still every message that a session missed is in a gap.
 */
class MovedNameTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** The other server listens there, on the same port. */
  private static final String ELSEWHERE = "127.0.0.2";

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private HostsFile hosts;
  private RedisProcess other;

  @BeforeEach
  void startElsewhere() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ELSEWHERE))) {
      assertThat(socket.isBound()).isTrue();
    } catch (IOException e) {
      abort("this machine has no " + ELSEWHERE + ": " + e.getMessage());
    }
    if (System.getProperty("compat.redis", "").startsWith("6.")) {
      abort("before Redis 7 a server cannot move to another address");
    }
    redis.promote();
    hosts = new HostsFile();
    hosts.point("127.0.0.1");
    other = RedisProcess.start("--protected-mode", "no", "--replica-announce-ip", ELSEWHERE);
    other.command("CONFIG", "SET", "bind", ELSEWHERE, "port", "" + redis.port());
    other("REPLICAOF", "127.0.0.1", "" + redis.port());
    FaultRig.within(LIMIT)
        .until(() -> other("INFO", "replication").contains("master_link_status:up"));
  }

  @AfterEach
  void close() throws IOException {
    if (other != null) {
      other.close();
      hosts.close();
    }
  }

  /** Runs a command at the other server. */
  private static String other(String... words) {
    try (Connection connection = new Connection(ELSEWHERE, redis.port())) {
      connection.sendCommand(
          () -> words[0].getBytes(StandardCharsets.UTF_8),
          Arrays.copyOfRange(words, 1, words.length));
      return connection.getOne() instanceof byte[] reply
          ? new String(reply, StandardCharsets.UTF_8)
          : "";
    }
  }

  private static RedisEndpoint endpoint() {
    return RedisEndpoint.of("redis://" + HostsFile.HOST + ":" + redis.port());
  }

  private static RedisConfig.Builder config() {
    return RedisConfig.builder()
        .readTimeout(Duration.ofSeconds(2))
        .probeInterval(Duration.ofMillis(400));
  }

  /** What replaces the master; the name moves at the end of it. */
  private interface Replacement {
    void run() throws Exception;
  }

  private void assertEveryLossIsReported(Replacement replacement) throws Exception {
    try (FaultRig rig = new FaultRig(redis, config().build())) {
      CheckedNode first = rig.startNode(endpoint());
      CheckedNode second = rig.startNode(endpoint());
      rig.load(rig.write(first.fanout.publisher()));
      rig.load(rig.write(endpoint()));

      replacement.run();

      first.awaitGaps(1);
      second.awaitGaps(1);
      FaultRig.within(LIMIT).until(() -> subscribersElsewhere() >= 2);
      rig.settle();
    }
  }

  private static long subscribersElsewhere() {
    return other("CLIENT", "LIST", "TYPE", "pubsub").lines().count();
  }

  @Test
  void masterThatIsMadeAReplica() throws Exception {
    assertEveryLossIsReported(
        () -> {
          other("REPLICAOF", "NO", "ONE");
          redis.command("REPLICAOF", ELSEWHERE, "" + redis.port());
          hosts.point(ELSEWHERE);
        });
  }

  @Test
  void masterThatHandsOverByFailover() throws Exception {
    assertEveryLossIsReported(
        () -> {
          redis.command("FAILOVER");
          FaultRig.within(LIMIT)
              .until(() -> redis.command("INFO", "replication").contains("role:slave"));
          hosts.point(ELSEWHERE);
        });
  }

  @Test
  @Tag("full")
  void masterThatIsKilled() throws Exception {
    assertEveryLossIsReported(
        () -> {
          redis.kill();
          other("REPLICAOF", "NO", "ONE");
          hosts.point(ELSEWHERE);
        });
  }

  @Test
  @Tag("full")
  void masterThatIsFrozenAndWakesUp() throws Exception {
    assertEveryLossIsReported(
        () -> {
          redis.pause();
          other("REPLICAOF", "NO", "ONE");
          hosts.point(ELSEWHERE);
          FaultRig.within(LIMIT).until(() -> subscribersElsewhere() >= 1);
          redis.resume();
        });
  }

  /** Nothing is wrong with it, except that the name leads elsewhere. */
  @Test
  @Tag("full")
  void masterThatLivesOnIsLeftWithinThreeProbeIntervals() throws Exception {
    Duration interval = Duration.ofSeconds(2);
    RedisConfig config = config().probeInterval(interval).build();
    try (FaultRig rig = new FaultRig(redis, config)) {
      CheckedNode first = rig.startNode(endpoint());
      CheckedNode second = rig.startNode(endpoint());
      rig.load(rig.write(first.fanout.publisher()));
      other("REPLICAOF", "NO", "ONE");
      Instant moved = Instant.now();
      hosts.point(ELSEWHERE);

      first.awaitGaps(1);
      second.awaitGaps(1);

      for (CheckedNode node : new CheckedNode[] {first, second}) {
        Gap gap = node.gaps().get(0);
        assertThat(gap.cause()).isEqualTo(Gap.Cause.MOVED);
        assertThat(gap.from()).isBefore(moved);
        assertThat(Duration.between(moved, gap.until()))
            .isLessThanOrEqualTo(interval.multipliedBy(3));
      }
      rig.settle();
      assertThat(redis.command("ROLE")).startsWith("master");
    }
  }

  /** It has no subscription whose probes could show that. */
  @Test
  void nodeThatOnlyPublishesFollowsTheName() throws Exception {
    List<String> moves = new CopyOnWriteArrayList<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onBackplaneEvent(BackplaneEvent event) {
            moves.add(event.description());
          }
        };
    try (RedisFanout node =
        RedisFanout.builder(endpoint(), FanoutConfig.of(Nodes.CHANNEL))
            .redis(config().build())
            .listener(listener)
            .publishOnly()
            .start()) {
      node.publisher().publishAndWait(List.of("alice"), "here", LIMIT);
      other("REPLICAOF", "NO", "ONE");
      hosts.point(ELSEWHERE);

      FaultRig.within(LIMIT).until(() -> !moves.isEmpty());

      int port = redis.port();
      assertThat(moves)
          .containsExactly(
              "Moved from Redis at 127.0.0.1:%d to 127.0.0.2:%d".formatted(port, port));
      node.publisher().publishAndWait(List.of("alice"), "there", LIMIT);
      assertThat(node.counters().publishUnknown()).isZero();
    }
  }

  /** The other nodes are at the new master already; this one has not learned of it. */
  private FaultRig publishedToADemotedMaster(Fencing fencing) throws Exception {
    RedisConfig config =
        RedisConfig.builder().fencing(fencing).probeInterval(Duration.ofSeconds(5)).build();
    FaultRig rig = new FaultRig(redis, config);
    rig.startNode(RedisEndpoint.of("redis://" + HostsFile.HOST + ":" + redis.port()));
    PublishLog.Writer writer = rig.write(endpoint());
    other("REPLICAOF", "NO", "ONE");
    // Connected to the new master from the beginning: it misses nothing of what is published there.
    CheckedNode moved =
        rig.startNode(RedisEndpoint.of("redis://" + ELSEWHERE + ":" + redis.port()));
    redis.command("REPLICAOF", ELSEWHERE, "" + redis.port());
    for (int i = 0; i < 20; i++) {
      writer.publish();
    }
    hosts.point(ELSEWHERE);
    assertThat(moved.gaps()).isEmpty();
    return rig;
  }

  @Test
  void demotedMasterRefusesWhatOthersWouldNotReceive() throws Exception {
    try (FaultRig rig = publishedToADemotedMaster(Fencing.AUTO)) {
      rig.settle();
    }
  }

  /** Shows that the test above can fail. */
  @Test
  @Tag("full")
  void withoutTheFenceItTakesMessagesThatOthersNeverReceive() throws Exception {
    try (FaultRig rig = publishedToADemotedMaster(Fencing.OFF)) {
      assertThatThrownBy(rig::settle).isInstanceOf(AssertionError.class).hasMessageContaining("0#");
    }
  }
}
