package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each test leaves a mess, which is gone before the next one. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RedisSentinelsTest {
  @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();

  private static void assertAgreement() {
    RedisProcess master = redis.master();
    assertThat(master.command("ROLE")).startsWith("master");
    assertThat(redis.sentinels()).hasSize(3).allMatch(each -> redis.names(each, master));
    assertThat(redis.servers())
        .hasSize(3)
        .filteredOn(server -> server != master)
        .allMatch(
            server -> server.command("ROLE").startsWith("slave\n127.0.0.1\n" + master.port()));
  }

  @Test
  @Order(1)
  void failoverMakesAReplicaTheMasterAndTheOldOneLivesOn() {
    assertAgreement();
    RedisProcess old = redis.master();

    RedisProcess next = redis.failover();

    assertThat(next).isNotSameAs(old).isSameAs(redis.master());
    assertThat(next.command("ROLE")).startsWith("master");
    assertThat(old.command("ROLE")).startsWith("master");
  }

  @Test
  @Tag("full")
  @Order(2)
  void killedMasterIsReplaced() {
    assertAgreement();
    RedisProcess old = redis.master();

    old.kill();

    assertThat(redis.awaitOtherMaster(old).command("ROLE")).startsWith("master");
  }

  @Test
  @Tag("full")
  @Order(3)
  void sentinelThatComesBackHasItsOldOpinionForAMoment() {
    assertAgreement();
    RedisProcess old = redis.master();
    RedisProcess stale = redis.sentinels().get(2);
    stale.kill();
    redis.failover();

    stale.restart();

    assertThat(redis.names(stale, old)).isTrue();
    await().atMost(Duration.ofSeconds(20)).until(() -> redis.names(stale, redis.master()));
  }

  @Test
  @Order(4)
  void uriNamesTheThreeSentinels() {
    List<RedisProcess> sentinels = redis.sentinels();
    assertThat(redis.uri())
        .isEqualTo(
            "redis-sentinel://127.0.0.1:%s,127.0.0.1:%s,127.0.0.1:%s#mymaster"
                .formatted(
                    sentinels.get(0).port(), sentinels.get(1).port(), sentinels.get(2).port()));
    assertAgreement();
  }
}
