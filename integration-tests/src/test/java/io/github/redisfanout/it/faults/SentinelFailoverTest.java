package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;

/** The master changes while nodes publish; every message that a session missed is in a gap. */
class SentinelFailoverTest {
  @RegisterExtension
  static final RedisSentinels redis =
      RedisSentinels.start("--min-replicas-to-write", "1", "--min-replicas-max-lag", "2");

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Three probe intervals and 3 s. */
  private static final Duration UNCONFIRMED_AFTER = Duration.ofMillis(4_600);

  private static RedisConfig config() {
    return RedisConfig.builder()
        .readTimeout(Duration.ofSeconds(3))
        .probeInterval(Duration.ofMillis(500))
        .build();
  }

  private static RedisEndpoint endpoint() {
    return RedisEndpoint.of(redis.uri());
  }

  @Test
  @Tag("full") // it takes seconds
  void everyLossOfAFailoverWithALivingOldMasterIsReported() throws Exception {
    RedisProcess old = redis.master();
    try (FaultRig rig = new FaultRig(redis.servers().get(0), config())) {
      CheckedNode first = rig.startNode(endpoint());
      CheckedNode second = rig.startNode(endpoint());
      rig.load(rig.write(first.fanout.publisher()));
      rig.load(rig.write(endpoint()));

      RedisProcess next = redis.failover();

      first.awaitGaps(2); // the second one is for nodes that moved later
      second.awaitGaps(2);
      assertThat(next).isNotSameAs(old);
      rig.settle();
      for (CheckedNode node : new CheckedNode[] {first, second}) {
        assertThat(node.gaps()).extracting(Gap::cause).contains(Gap.Cause.MOVED);
        assertThat(node.fanout.counters().backplaneEvents().get(Kind.MOVED)).isPositive();
      }
      assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.UNKNOWN);
    }
  }

  @Test
  @Tag("full")
  void killedMasterLosesNothingUntold() throws Exception {
    RedisProcess old = redis.master();
    try (FaultRig rig = new FaultRig(redis.servers().get(0), config())) {
      CheckedNode node = rig.startNode(endpoint());
      CheckedNode other = rig.startNode(endpoint());
      rig.load(rig.write(node.fanout.publisher()));

      old.kill();

      node.awaitGaps(1);
      other.awaitGaps(1);
      assertThat(redis.master()).isNotSameAs(old);
      rig.settle();
    }
  }

  @Test
  @Tag("full")
  void frozenMasterThatWakesUpLosesNothingUntold() throws Exception {
    RedisProcess old = redis.master();
    try (FaultRig rig = new FaultRig(redis.servers().get(0), config())) {
      CheckedNode node = rig.startNode(endpoint());
      CheckedNode other = rig.startNode(endpoint());
      rig.load(rig.write(node.fanout.publisher()));

      old.pause();
      node.awaitGaps(1);
      other.awaitGaps(1);
      old.resume();

      rig.settle();
    }
  }

  @Test
  void allSentinelsGoneChangesNothingForLivingConnections() throws Exception {
    try (FaultRig rig = new FaultRig(redis.servers().get(0), config())) {
      CheckedNode node = rig.startNode(endpoint());
      rig.load(rig.write(node.fanout.publisher()));

      redis.sentinels().forEach(RedisProcess::kill);

      FaultRig.within(LIMIT)
          .until(() -> node.fanout.health().reason().startsWith("unconfirmed: no majority"));
      assertThat(node.fanout.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
      redis.sentinels().forEach(RedisProcess::restart);
      FaultRig.within(LIMIT).until(() -> node.fanout.health().reason().isEmpty());
      rig.settle();
      assertThat(node.gaps()).isEmpty();
    }
  }

  @Test
  @Tag("full")
  void sentinelThatComesBackWithAnOldOpinionMovesNobody() throws Exception {
    RedisProcess stale = redis.sentinels().get(2);
    stale.kill();
    redis.failover();
    redis.failover();
    try (FaultRig rig = new FaultRig(redis.servers().get(0), config())) {
      CheckedNode node = rig.startNode(endpoint());
      rig.load(rig.write(node.fanout.publisher()));

      stale.restart();
      FaultRig.within(LIMIT).until(() -> redis.names(stale, redis.master()));

      rig.settle();
      assertThat(node.gaps()).isEmpty();
    }
  }

  @Test
  void portOfASentinelIsDownAndTheReasonSaysWhatToWrite() {
    String uri = "redis://127.0.0.1:" + redis.sentinels().get(0).port();
    try (ObservedNode node = new ObservedNode(RedisEndpoint.of(uri))) {
      node.awaitDown("is a sentinel, not a server: name the master of the sentinels");
      assertThat(node.fanout().health().status()).isEqualTo(FanoutHealth.Status.DOWN);
    }
  }

  /** It and one sentinel are cut off from the majority, which elects another master. */
  @Test
  @Tag("full") // sentinels take half a minute for this failover
  void nodeWithoutAMajoritySaysSoAndItsGapBeginsAtTheLastOne() throws Exception {
    RedisProcess old = redis.master();
    List<FaultProxy> proxies =
        redis.sentinels().stream().map(each -> FaultProxy.to(each.port())).toList();
    try (FaultRig rig = new FaultRig(redis.servers().get(0), config())) {
      CheckedNode node = rig.startNode(through(proxies));
      FaultRig.within(LIMIT).until(() -> node.fanout.health().status() == FanoutHealth.Status.UP);

      for (FaultProxy proxy : proxies.subList(0, 2)) {
        proxy.refuse();
      }
      Instant cut = Instant.now();
      FaultRig.within(LIMIT)
          .until(
              () ->
                  node.fanout
                      .health()
                      .reason()
                      .startsWith(
                          "unconfirmed: no majority of the sentinels has confirmed " + old));
      assertThat(node.fanout.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
      redis.sentinels().get(2).pause(); // it does not learn of the next master
      redis.failover();
      FaultRig.within(LIMIT)
          .until(() -> Duration.between(cut, Instant.now()).compareTo(UNCONFIRMED_AFTER) > 0);
      proxies.forEach(FaultProxy::accept);

      node.awaitGaps(1);
      assertThat(node.gaps().get(0).from()).as("the last majority").isBefore(cut.plusSeconds(1));
      redis.sentinels().get(2).resume();
      FaultRig.within(LIMIT).until(() -> node.fanout.health().status() == FanoutHealth.Status.UP);
    } finally {
      proxies.forEach(FaultProxy::close);
    }
  }

  /** All sentinels, the learned ones too, are reached through these proxies. */
  private static RedisEndpoint through(List<FaultProxy> proxies) {
    DefaultJedisClientConfig mapped =
        DefaultJedisClientConfig.builder()
            .hostAndPortMapper(
                address -> {
                  for (int i = 0; i < proxies.size(); i++) {
                    if (redis.sentinels().get(i).port() == address.getPort()) {
                      return new HostAndPort("127.0.0.1", proxies.get(i).port());
                    }
                  }
                  return address;
                })
            .build();
    RedisEndpoint.SentinelBuilder endpoint =
        RedisEndpoint.sentinel(redis.masterName()).sentinelConfig(mapped);
    redis.sentinels().forEach(each -> endpoint.sentinel("127.0.0.1", each.port()));
    return endpoint.build();
  }
}
