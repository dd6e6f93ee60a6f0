package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.backplane.redis.SentinelRig.A;
import static io.github.redisfanout.backplane.redis.SentinelRig.B;
import static io.github.redisfanout.backplane.redis.SentinelRig.NOON;
import static io.github.redisfanout.backplane.redis.SentinelRig.NO_POLL;
import static io.github.redisfanout.backplane.redis.SentinelRig.master;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;

/** Which sentinels are asked, and over which connections. */
@Timeout(30)
@Tag("full") // takes seconds
class SentinelConnectionsTest {
  private static final Duration SOON = Duration.ofMillis(50);

  private SentinelRig rig;

  private SentinelRig rig(int sentinels) throws IOException {
    rig = new SentinelRig(sentinels);
    return rig;
  }

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  private static HostAndPort byName(ScriptedSentinel sentinel) {
    return new HostAndPort("localhost", sentinel.address().getPort());
  }

  // ---- events and the poll

  @Test
  void eventTriggersALookUp() throws Exception {
    rig(3).start();
    rig.awaitQuiet();
    rig.sentinel(1).names(master(B, 5));

    rig.sentinel(1).publishSwitch();

    await().until(() -> rig.moves.size() == 1);
    assertThat(rig.moves.get(0).master().address()).isEqualTo(B);
  }

  @Test
  void eventIsNotBelieved() throws Exception {
    rig(3).start();
    rig.awaitQuiet();
    int asked = rig.sentinel(0).asked();

    rig.sentinel(1).publishSwitch();

    await().until(() -> rig.sentinel(0).asked() > asked);
    assertThat(rig.locator.locate()).isEqualTo(A);
    assertThat(rig.moves).isEmpty();
  }

  @Test
  void pollFindsANewMasterWithoutEvents() throws Exception {
    rig(3);
    rig.sentinels.forEach(sentinel -> sentinel.refuses("SUBSCRIBE", "NOPERM no channel"));
    rig.start(rig.addresses(), SOON).locator.locate();

    rig.allName(master(B, 5));

    await().until(() -> rig.moves.size() == 1);
  }

  @Test
  void lostSubscriptionIsDialledAgain() throws Exception {
    rig(1).start();
    rig.awaitQuiet();
    int asked = rig.sentinel(0).asked();

    rig.sentinel(0).cutSubscribers();

    await("looks up what it may have missed").until(() -> rig.sentinel(0).asked() > asked);
    rig.awaitSubscribed();
  }

  @Test
  void subscriptionIsKeptByHeartbeats() throws Exception {
    rig(1).start(rig.addresses(), SOON);

    await().until(() -> rig.sentinel(0).heartbeats() > 3);
    assertThat(rig.sentinel(0).dialled()).as("one to ask, one for events").isEqualTo(2);
  }

  @Test
  void subscriptionIsKeptFromPollToPoll() throws Exception {
    rig(1).start(rig.addresses(), Duration.ofMillis(1_500));
    rig.awaitQuiet();
    int before = rig.sentinel(0).heartbeats();

    await().until(() -> rig.sentinel(0).heartbeats() > before);
    assertThat(rig.sentinel(0).dialled()).as("one to ask, one for events").isEqualTo(2);
  }

  @Test
  void silentSubscriptionIsDialledAgain() throws Exception {
    rig(1).start(rig.addresses(), SOON);
    rig.awaitSubscribed();
    rig.sentinel(0).freeze();

    await().atMost(10, TimeUnit.SECONDS).until(() -> rig.sentinel(0).subscribers() == 0);
    rig.sentinel(0).thaw();
    rig.awaitSubscribed();
  }

  @Test
  void lostQueryConnectionIsDialledAgainWithinTheLookUp() throws Exception {
    rig(1).start();
    rig.awaitQuiet();
    rig.now = NOON.plusSeconds(5);

    rig.sentinel(0).cutClients();

    rig.locator.locate();
    assertThat(rig.locator.located().confirmedUntil()).isEqualTo(NOON.plusSeconds(5));
  }

  // ---- which sentinels

  @Test
  void learnedSentinelsMakeTheMajority() throws Exception {
    rig(3).start(List.of(rig.sentinel(0).address()), NO_POLL);

    rig.awaitConfirmed(NOON);
    rig.awaitSubscribed();
    rig.sentinel(0).close();
    rig.locator.locate();
    assertThat(rig.locator.doubt()).isNull();
  }

  @Test
  void learnedSentinelsAreAskedInTheSameLookUp() throws Exception {
    rig(3);
    Sentinels sentinels =
        new Sentinels(
            List.of(rig.sentinel(0).address()),
            address ->
                new Sentinel(
                    address,
                    ScriptedSentinel.MASTER_NAME,
                    DefaultJedisClientConfig.builder().build(),
                    NO_POLL,
                    () -> {}));
    try {
      assertThat(sentinels.ask().heard()).containsOnlyKeys(rig.addresses());
    } finally {
      sentinels.close(Duration.ofSeconds(1));
    }
  }

  @Test
  void learnedSentinelIsForgottenWhenNobodyNamesIt() throws Exception {
    rig(4).start(List.of(rig.sentinel(0).address()), SOON);
    rig.awaitSubscribed();
    rig.sentinel(3).freeze();
    for (int i = 0; i < 3; i++) {
      rig.sentinel(i).knows(rig.sentinel(0), rig.sentinel(1), rig.sentinel(2));
    }
    await("its connections are ended, not timed out")
        .atMost(1_500, TimeUnit.MILLISECONDS)
        .until(() -> rig.sentinel(3).clients() == 0);
    rig.locator.locate();
    rig.sentinel(2).close();

    rig.locator.locate();

    assertThat(rig.locator.doubt()).as("two of three").isNull();
  }

  @Test
  void learnedSentinelThatIsConfiguredByNameIsNotAskedTwice() throws Exception {
    rig(3).start(rig.sentinels.stream().map(SentinelConnectionsTest::byName).toList(), NO_POLL);
    rig.awaitQuiet();

    rig.awaitConfirmed(NOON);
    assertThat(rig.sentinels).allMatch(sentinel -> sentinel.dialled() == 2);
  }

  @Test
  void sentinelConfiguredTwiceIsNoMajority() throws Exception {
    rig(3);
    rig.sentinel(1).close();
    rig.sentinel(2).close();
    rig.start(List.of(rig.sentinel(0).address(), byName(rig.sentinel(0))), NO_POLL);

    assertThat(rig.locator.locate()).isEqualTo(A);
    assertThat(rig.locator.doubt()).contains("(1 of 3 do now)");
    assertThat(rig.locator.located().confirmedUntil()).isNull();
  }

  @Test
  void sentinelConfiguredTwiceIsNoMajorityIfItMayNotSayItsRunId() throws Exception {
    rig(3);
    rig.sentinel(0).refuses("MYID", "NOPERM no permission");
    rig.sentinel(1).close();
    rig.sentinel(2).close();
    rig.start(List.of(rig.sentinel(0).address(), byName(rig.sentinel(0))), NO_POLL);

    assertThat(rig.locator.locate()).isEqualTo(A);
    assertThat(rig.locator.doubt()).contains("(1 of 3 do now)");
  }

  @Test
  void sentinelThatTwoNamesAreMappedToIsNoMajorityIfItMayNotSayItsRunId() throws Exception {
    rig(3);
    rig.sentinel(0).refuses("MYID", "NOPERM no permission");
    rig.sentinel(1).close();
    rig.sentinel(2).close();
    List<HostAndPort> inside =
        List.of(new HostAndPort("s1.invalid", 1), new HostAndPort("s2.invalid", 1));
    rig.start(
        inside,
        NO_POLL,
        DefaultJedisClientConfig.builder()
            .hostAndPortMapper(
                asked -> inside.contains(asked) ? rig.sentinel(0).address() : asked));

    assertThat(rig.locator.locate()).isEqualTo(A);
    assertThat(rig.locator.doubt()).contains("(1 of 3 do now)");
  }

  @Test
  void sentinelsThatMayNotSayTheirRunIdsAreAMajority() throws Exception {
    rig(3);
    rig.sentinels.forEach(sentinel -> sentinel.refuses("MYID", "NOPERM no permission"));
    rig.start(List.of(byName(rig.sentinel(0))), NO_POLL);

    rig.awaitConfirmed(NOON);
  }

  @Test
  void mapperOfTheConfigurationIsHonoured() throws Exception {
    rig(1);
    HostAndPort inside = new HostAndPort("sentinel.invalid", 1);
    rig.start(
        List.of(inside),
        NO_POLL,
        DefaultJedisClientConfig.builder()
            .hostAndPortMapper(asked -> asked.equals(inside) ? rig.sentinel(0).address() : asked));

    assertThat(rig.locator.locate()).isEqualTo(A);
  }
}
