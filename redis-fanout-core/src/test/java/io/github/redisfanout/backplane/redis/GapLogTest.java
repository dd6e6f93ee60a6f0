package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Gap.Cause;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Gaps cover all that may have been missed, also what others publish to the old server. */
class GapLogTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final Duration SETTLING = Duration.ofSeconds(10);
  private static final Duration NAME_CACHE = Duration.ofSeconds(30);
  private static final SocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 1);
  private static final ServerIdentity HERE = new ServerIdentity(ADDRESS, "a", START);
  private static final ServerIdentity THERE =
      new ServerIdentity(new InetSocketAddress("127.0.0.2", 1), "b", START);

  private final Clock clock = mock(Clock.class);
  private final List<Gap> gaps = new ArrayList<>();
  private final GapLog log = new GapLog(clock, SETTLING, NAME_CACHE, gaps::add);

  @BeforeEach
  void start() {
    now(0);
  }

  private void now(long second) {
    when(clock.instant()).thenReturn(at(second));
  }

  private static Instant at(long second) {
    return START.plusSeconds(second);
  }

  private static Gap gap(long from, long until, Cause cause) {
    return new Gap(Set.of(), at(from), at(until), cause);
  }

  /** Received until second 100; the server was surely the right one until second 90. */
  private void lost(Cause cause, boolean unsure, boolean moved) {
    log.lost(new GapLog.End(cause, at(100), at(90), HERE, unsure, moved));
  }

  @Test
  void firstConnectionMissesNothing() {
    assertThat(log.receivedAgain(HERE, true)).isNull();
    log.settle();
    assertThat(gaps).isEmpty();
  }

  @Test
  void connectionToTheSameServerMissesWhatCameAfterTheLastProof() {
    lost(Cause.CONNECTION_LOST, false, false);
    now(105);
    log.receivedAgain(HERE, false);
    now(300);
    log.settle();

    assertThat(gaps).containsExactly(gap(100, 105, Cause.CONNECTION_LOST));
  }

  @Test
  void gapBeginsEarlierIfTheServerMayBeAnotherAtTheSameAddress() {
    lost(Cause.CONNECTION_LOST, false, false);
    now(105);
    log.receivedAgain(HERE, true);

    assertThat(gaps).containsExactly(gap(90, 105, Cause.CONNECTION_LOST));
  }

  /** A virtual address or a proxy, which has led there before the connection was lost. */
  @Test
  void otherServerAtTheSameAddressIsAMove() {
    lost(Cause.CONNECTION_LOST, false, false);
    now(105);
    GapLog.End before = log.receivedAgain(new ServerIdentity(ADDRESS, "b", at(99)), false);
    now(115);
    log.settle();

    assertThat(before).isNotNull();
    assertThat(before.moved()).isTrue();
    assertThat(gaps)
        .containsExactly(gap(90, 105, Cause.CONNECTION_LOST), gap(105, 115, Cause.MOVED));
  }

  @Test
  void serverThatWasStartedAgainIsNoMove() {
    lost(Cause.CONNECTION_LOST, false, false);
    now(105);
    GapLog.End before = log.receivedAgain(new ServerIdentity(ADDRESS, "b", at(101)), false);
    now(300);
    log.settle();

    assertThat(before).isNotNull();
    assertThat(before.moved()).isFalse();
    assertThat(gaps).containsExactly(gap(100, 105, Cause.CONNECTION_LOST));
  }

  @Test
  void serverThatDoesNotSayWhichItIsCountsAsTheSame() {
    lost(Cause.CONNECTION_LOST, false, false);
    now(105);
    log.receivedAgain(new ServerIdentity(ADDRESS, null, null), false);
    now(300);
    log.settle();

    assertThat(gaps).containsExactly(gap(100, 105, Cause.CONNECTION_LOST));
  }

  @Test
  void nameThatLeadsElsewhereMayHaveDoneSoAsLongAsNamesAreCachedAndOthersMoveLater() {
    lost(Cause.CONNECTION_LOST, false, false);
    now(105);
    log.receivedAgain(THERE, false);
    now(144);
    log.settle();
    assertThat(gaps).containsExactly(gap(60, 105, Cause.CONNECTION_LOST));
    now(145);
    log.settle();
    log.settle();

    assertThat(gaps).hasSize(2).last().isEqualTo(gap(105, 145, Cause.MOVED));
  }

  @Test
  void moveToTheSameAddressHasASecondGapToo() {
    lost(Cause.MOVED, true, true);
    now(105);
    log.receivedAgain(HERE, false);
    now(115);
    log.settle();

    assertThat(gaps).containsExactly(gap(90, 105, Cause.MOVED), gap(105, 115, Cause.MOVED));
  }

  @Test
  void connectionThatIsLostBeforeAllHaveMovedMissesAllSinceTheMove() {
    lost(Cause.MOVED, true, true);
    now(105);
    log.receivedAgain(HERE, false);
    now(110);
    log.lost(new GapLog.End(Cause.CONNECTION_LOST, at(109), at(109), HERE, false, false));
    now(111);
    log.receivedAgain(HERE, false);
    now(121);
    log.settle();

    assertThat(gaps)
        .containsExactly(
            gap(90, 105, Cause.MOVED),
            gap(105, 111, Cause.CONNECTION_LOST),
            gap(111, 121, Cause.MOVED));
  }

  @Test
  void gapsBeforeAndAfterAProofFollowOneAnother() {
    lost(Cause.DEAD_SUBSCRIPTION, true, false);
    now(105);
    log.receivedUnproved(HERE);
    now(110);
    log.settle();
    log.receivedAgain(HERE, false);
    now(200);
    log.settle();

    assertThat(gaps)
        .containsExactly(
            gap(90, 105, Cause.DEAD_SUBSCRIPTION), gap(105, 110, Cause.DEAD_SUBSCRIPTION));
  }

  @Test
  void moveBeforeAConnectionWithoutProofHasItsSecondGapAfterTheProof() {
    lost(Cause.MOVED, true, true);
    now(105);
    log.receivedAgain(HERE, false);
    now(110);
    log.lost(new GapLog.End(Cause.DEAD_SUBSCRIPTION, at(109), at(109), HERE, true, false));
    now(111);
    log.receivedUnproved(HERE);
    now(130);
    log.settle();
    GapLog.End before = log.receivedAgain(HERE, false);
    now(140);
    log.settle();

    assertThat(before).isNotNull();
    assertThat(before.moved()).isFalse();
    assertThat(gaps)
        .containsExactly(
            gap(90, 105, Cause.MOVED),
            gap(105, 111, Cause.DEAD_SUBSCRIPTION),
            gap(111, 130, Cause.DEAD_SUBSCRIPTION),
            gap(130, 140, Cause.MOVED));
  }

  @Test
  void nodeThatClosesWhileDisconnectedReportsTheGapUntilThen() {
    lost(Cause.CONNECTION_LOST, false, false);
    now(105);
    log.finish();
    log.finish();

    assertThat(log.receivedAgain(HERE, true)).isNull();
    assertThat(gaps).containsExactly(gap(100, 105, Cause.CONNECTION_LOST));
  }

  @Test
  void nodeThatClosesAfterLeavingAServerMayHaveMissedMoreThanItsProbesShow() {
    lost(Cause.MOVED, true, true);
    now(105);
    log.finish();

    assertThat(gaps).containsExactly(gap(90, 105, Cause.MOVED));
  }

  @Test
  void nodeThatClosesReportsTheSecondGapAtOnce() {
    lost(Cause.MOVED, true, true);
    now(105);
    log.receivedAgain(HERE, false);
    now(107);
    log.finish();
    log.finish();

    assertThat(gaps).hasSize(2).last().isEqualTo(gap(105, 107, Cause.MOVED));
  }

  @Test
  void nodeThatClosesWhileDisconnectedReportsTheSecondGap() {
    lost(Cause.MOVED, true, true);
    now(105);
    log.receivedAgain(HERE, false);
    now(107);
    log.lost(new GapLog.End(Cause.CONNECTION_LOST, at(107), at(107), HERE, false, false));
    now(108);
    log.finish();

    assertThat(gaps).hasSize(2).last().isEqualTo(gap(105, 108, Cause.CONNECTION_LOST));
  }

  @Test
  void nodeThatClosesBeforeAProofReportsWhatMayBeMissingUntilThen() {
    lost(Cause.DEAD_SUBSCRIPTION, true, false);
    now(105);
    log.receivedUnproved(HERE);
    now(107);
    log.finish();

    assertThat(gaps).hasSize(2).last().isEqualTo(gap(105, 107, Cause.DEAD_SUBSCRIPTION));
  }
}
