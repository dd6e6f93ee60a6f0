package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A proxy, or a virtual address, leads to another server without changing its own address. */
@Timeout(120)
class SameAddressTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  @RegisterExtension static final RedisProcess other = RedisProcess.start();

  private static final Pattern UPTIME = Pattern.compile("uptime_in_seconds:(\\d+)");

  private static RedisConfig config() {
    return RedisConfig.builder().probeInterval(Duration.ofMillis(300)).build();
  }

  private static int uptime(RedisProcess server) {
    Matcher uptime = UPTIME.matcher(server.command("INFO", "server"));
    assertThat(uptime.find()).isTrue();
    return Integer.parseInt(uptime.group(1));
  }

  /** Other nodes may publish to the old server for a while, so there is a second gap. */
  @Test
  @Tag("full")
  void connectionsThatAreLostAndLeadToAnotherServerHaveMoved() throws Exception {
    FaultRig.within(FaultRig.LIMIT).until(() -> uptime(other) >= 3); // not just started
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(other, config())) {
      CheckedNode node = rig.startNode(RedisEndpoint.of("redis://127.0.0.1:" + net.port()));

      net.redirect(other.port());
      net.cut();

      node.awaitGaps(2);
      assertThat(node.gaps())
          .extracting(Gap::cause)
          .containsExactly(Gap.Cause.CONNECTION_LOST, Gap.Cause.MOVED);
      assertThat(node.gaps().get(1).from()).isEqualTo(node.gaps().get(0).until());
      assertThat(node.fanout.counters().backplaneEvents()).containsEntry(Kind.MOVED, 1L);
    }
  }

  /** It would receive nothing of what others publish, and its own probes would prove it. */
  @Test
  @Tag("full") // it takes seconds
  void serverThatNoNewConnectionReachesIsInDoubt() throws Exception {
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultProxy nowhere = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, config())) {
      CheckedNode node = rig.startNode(RedisEndpoint.of("redis://127.0.0.1:" + net.port()));
      nowhere.refuse();

      net.redirect(nowhere.port());

      FaultRig.within(FaultRig.LIMIT)
          .until(
              () ->
                  node.fanout
                      .health()
                      .reason()
                      .startsWith("unconfirmed: no new connection to Redis proves this server: "));
      assertThat(node.fanout.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
      assertThat(node.gaps()).isEmpty();

      net.redirect(redis.port());

      FaultRig.within(FaultRig.LIMIT)
          .until(() -> node.fanout.health().status() == FanoutHealth.Status.UP);
    }
  }
}
