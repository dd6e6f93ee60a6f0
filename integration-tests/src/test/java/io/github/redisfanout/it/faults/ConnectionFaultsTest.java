package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.it.faults.PublishLog.Entry;
import io.github.redisfanout.it.faults.PublishLog.Writer;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.FaultProxy.Direction;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The network between a node and Redis fails and recovers, and the node by itself. */
@Timeout(120)
class ConnectionFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** Longer than all buffers of a reader, so that a cut can hit the middle of it. */
  private static final int LONG = 100_000;

  @Test
  void messageCutInTheMiddleIsMissedAndReported() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      Writer writer = rig.write(FaultRig.at(redis.port()));

      Instant cutAt = Instant.now();
      net.cutAfter(Direction.SERVER_TO_CLIENT, LONG / 2);
      Entry halved = writer.publish(LONG);
      assertThat(halved.settled().nodes()).as("Redis has sent it").isEqualTo(1);
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), cutAt, cutAt);
      assertThat(rig.log.missed(node)).contains(halved);
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    }
  }

  @Test
  @Tag("full")
  void heartbeatCutInTheMiddleLosesTheConnectionAndIsReported() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      net.cutAfter(Direction.CLIENT_TO_SERVER, 10);
      Instant cutAt = Instant.now();
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), cutAt, cutAt);
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    }
  }

  @Test
  void publishCutInTheMiddleIsUnknownAndNotReceived() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      Writer writer = rig.write(FaultRig.at(net.port()));

      net.cutAfter(Direction.CLIENT_TO_SERVER, LONG / 2);
      Entry halved = writer.publish(LONG);
      Entry next = writer.publish();
      assertThat(halved.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(next.outcome()).isIn(Outcome.PUBLISHED, Outcome.UNKNOWN);
      rig.settle();

      node.assertLost(0);
      assertThat(node.hasReceived(halved)).isFalse();
    }
  }

  @Test
  void answerCutInTheMiddleIsUnknownAndTheMessageIsReceivedOnce() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      Writer writer = rig.write(FaultRig.at(net.port()));

      net.cutAfter(Direction.SERVER_TO_CLIENT, 2);
      Entry unanswered = writer.publish();
      assertThat(unanswered.outcome()).isEqualTo(Outcome.UNKNOWN);
      rig.settle();

      node.assertLost(0);
      assertThat(node.hasReceived(unanswered)).isTrue();
      assertThat(rig.log.entries(Outcome.UNKNOWN)).containsExactly(unanswered);
    }
  }

  @Test
  void stallOfWhatRedisSendsIsFoundByTheReadTimeoutAndReported() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.quick())) {
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      Writer writer = rig.write(FaultRig.at(redis.port()));
      rig.load(writer);

      net.stall(Direction.SERVER_TO_CLIENT);
      Instant stalledAt = Instant.now();
      node.awaitState(ConnectionState.DOWN);
      Instant resumedAt = Instant.now();
      net.resume();
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), stalledAt, resumedAt);
      assertThat(rig.log.missed(node)).isNotEmpty();
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    }
  }

  @Test
  @Tag("full")
  void stallOfHeartbeatsLosesNothingWhileMessagesComeAndIsFoundWhenNoneCome() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.quick())) {
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      FaultRig.Load load = rig.load(rig.write(FaultRig.at(redis.port())));

      net.stall(Direction.CLIENT_TO_SERVER);
      Instant stalledAt = Instant.now();
      // By then the publishing connection is known to be stalled, and so would this one be.
      FaultRig.within(FaultRig.LIMIT)
          .until(() -> node.fanout.health().status() == FanoutHealth.Status.DEGRADED);
      assertThat(node.gaps()).isEmpty();
      load.stop();
      node.awaitState(ConnectionState.DOWN);
      Instant resumedAt = Instant.now();
      net.resume();
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), stalledAt, resumedAt);
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    }
  }

  @Test
  void stalledPublishIsUnknownAndArrivesLateAndOnce() throws Exception {
    try (FaultProxy stalled = FaultProxy.to(redis.port());
        FaultProxy entrance = FaultProxy.to(stalled.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      Writer writer = rig.write(FaultRig.at(entrance.port()), FaultRig.quick());

      stalled.stall(Direction.CLIENT_TO_SERVER);
      Entry unanswered = writer.publish();
      assertThat(unanswered.outcome()).isEqualTo(Outcome.UNKNOWN);
      entrance.redirect(redis.port());
      entrance.cut();
      Entry later = writer.publish();
      FaultRig.within(FaultRig.LIMIT).until(() -> node.hasReceived(later));
      assertThat(node.hasReceived(unanswered)).isFalse();
      stalled.resume();
      FaultRig.within(FaultRig.LIMIT).until(() -> node.hasReceived(unanswered));
      rig.settle();

      node.assertLost(0);
      assertThat(rig.log.entries(Outcome.UNKNOWN)).containsExactly(unanswered);
      assertThat(rig.log.missed(node)).isEmpty();
    }
  }

  @Test
  @Tag("full")
  void stalledAnswerIsUnknownAndTheMessageIsReceivedOnce() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      Writer writer = rig.write(FaultRig.at(net.port()), FaultRig.quick());

      net.stall(Direction.SERVER_TO_CLIENT);
      Entry unanswered = writer.publish();
      FaultRig.within(FaultRig.LIMIT).until(() -> node.hasReceived(unanswered));
      assertThat(unanswered.outcome()).isEqualTo(Outcome.UNKNOWN);
      Entry waiting = writer.publish();
      net.resume();
      assertThat(waiting.outcome()).isEqualTo(Outcome.PUBLISHED);
      rig.settle();

      node.assertLost(0);
      assertThat(rig.log.entries(Outcome.UNKNOWN)).containsExactly(unanswered);
      assertThat(rig.log.missed(node)).isEmpty();
    }
  }

  @Test
  void refusedConnectionsAreTriedAgainUntilTheyAreAccepted() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      Writer writer = rig.write(node.fanout.publisher());
      rig.load(writer);

      net.refuse();
      Instant refusedAt = Instant.now();
      FaultRig.within(FaultRig.LIMIT)
          .until(() -> node.fanout.health().reason().contains("Connection refused"));
      FaultRig.within(FaultRig.LIMIT).until(() -> node.fanout.health().bufferedMessages() > 100);
      Instant acceptedAt = Instant.now();
      net.accept();
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), refusedAt, acceptedAt);
      assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.UNKNOWN);
    }
  }

  @Test
  void serverThatAcceptsAndNeverAnswersIsGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
        FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      Writer writer = rig.write(node.fanout.publisher());

      net.redirect(silent.getLocalPort());
      net.cut();
      Instant silentAt = Instant.now();
      FaultRig.within(FaultRig.LIMIT)
          .until(() -> node.fanout.health().reason().contains("Read timed out"));
      Entry waiting = writer.publish();
      Instant redirectedAt = Instant.now();
      net.redirect(redis.port());
      node.awaitGaps(1);
      assertThat(waiting.outcome()).isEqualTo(Outcome.PUBLISHED);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), silentAt, redirectedAt);
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    }
  }

  @Test
  @Tag("full")
  void nodeThatStartsOnASilentServerReceivesOnceThereIsARealOne() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
        FaultProxy net = FaultProxy.to(silent.getLocalPort());
        RedisFanout node =
            RedisFanout.builder(FaultRig.at(net.port()), FanoutConfig.of(Nodes.CHANNEL))
                .redis(FaultRig.quick())
                .start()) {
      FaultRig.within(FaultRig.LIMIT)
          .until(() -> node.health().reason().contains("Read timed out"));

      net.redirect(redis.port());

      assertThat(node.awaitReady(FaultRig.LIMIT)).isTrue();
      assertThat(
              node.publisher()
                  .publishAndWait(List.of(PublishLog.USER), "end", Duration.ofSeconds(10))
                  .nodes())
          .isEqualTo(1);
      assertThat(node.counters().gaps()).isZero();
    }
  }
}
