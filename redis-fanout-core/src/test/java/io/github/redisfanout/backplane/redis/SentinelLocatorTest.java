package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.backplane.redis.SentinelRig.A;
import static io.github.redisfanout.backplane.redis.SentinelRig.B;
import static io.github.redisfanout.backplane.redis.SentinelRig.NOON;
import static io.github.redisfanout.backplane.redis.SentinelRig.master;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.redis.SentinelRig.Move;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Which master is used, until when it is confirmed, and what is reported to its owner. */
@Timeout(30)
@Tag("full") // takes seconds
class SentinelLocatorTest {
  private SentinelRig rig;
  private SentinelLocator locator;

  private void start(int sentinels) throws IOException {
    rig = new SentinelRig(sentinels).start();
    locator = rig.locator;
    rig.awaitConfirmed(NOON);
    rig.awaitQuiet();
    assertThat(locator.locate()).isEqualTo(A);
  }

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  @Test
  void masterThatAllNameIsConfirmedNow() throws Exception {
    start(3);

    assertThat(locator.located().confirmedUntil()).isEqualTo(NOON);
    assertThat(locator.doubt()).isNull();
    assertThat(locator.confirms(A)).isTrue();
    assertThat(locator.confirms(B)).isFalse();
    assertThat(rig.moves).isEmpty();
  }

  @Test
  void oneSentinelIsItsOwnMajority() throws Exception {
    start(1);

    assertThat(locator.located().confirmedUntil()).isEqualTo(NOON);
  }

  @Test
  void confirmationStandsStillWithoutALookUpAndGoesOnWithTheNext() throws Exception {
    start(3);
    rig.now = NOON.plusSeconds(5);

    assertThat(locator.located().confirmedUntil()).isEqualTo(NOON);
    rig.awaitConfirmed(NOON.plusSeconds(5));
  }

  /** A newer master may be known only to the third one, for as long as it takes to spread. */
  @Test
  void twoOfThreeConfirmWhatWasTwoSecondsBefore() throws Exception {
    rig = new SentinelRig(3);
    rig.sentinel(2).close();
    locator = rig.start().locator;

    rig.awaitConfirmed(NOON.minusSeconds(2));
    assertThat(locator.doubt()).isNull();
  }

  @Test
  void confirmationNeverGoesBackForTheSameMaster() throws Exception {
    start(3);
    rig.sentinel(2).close();

    locator.locate();

    assertThat(locator.located().confirmedUntil()).isEqualTo(NOON);
    assertThat(locator.doubt()).isNull();
  }

  @Test
  void clockThatIsSetBackSetsBackTheConfirmation() throws Exception {
    start(3);
    rig.now = NOON.minusSeconds(60);

    rig.awaitConfirmed(NOON.minusSeconds(60));
  }

  // ---- another master

  @Test
  void newMasterIsToldWithTheLastConfirmationOfTheOldOne() throws Exception {
    start(3);
    rig.now = NOON.plusSeconds(5);
    rig.allName(master(B, 5));

    assertThat(locator.locate()).isEqualTo(B);
    assertThat(rig.moves).containsExactly(new Move(master(B, 5), NOON));
    rig.awaitConfirmed(NOON.plusSeconds(5));
    locator.locate();
    assertThat(rig.moves).hasSize(1);
  }

  @Test
  void newMasterOfOneSentinelIsUsedAtOnceAndConfirmedByAMajority() throws Exception {
    start(3);
    rig.sentinel(0).names(master(B, 5));

    assertThat(locator.locate()).isEqualTo(B);
    assertThat(rig.moves).containsExactly(new Move(master(B, 5), NOON));
    assertThat(locator.located().confirmedUntil()).isNull();
    assertThat(locator.doubt())
        .startsWith("no majority of the sentinels has confirmed 10.0.0.2:6379 yet (1 of 3 do now)")
        .contains(rig.sentinel(1).address() + " names 10.0.0.1:6379 with epoch 4");
    assertThat(locator.confirms(B)).isFalse();

    rig.sentinel(1).names(master(B, 5));
    await("it looks again soon").until(() -> locator.doubt() == null);
    assertThat(locator.located().confirmedUntil()).isEqualTo(NOON.minusSeconds(2));
    assertThat(rig.moves).hasSize(1);
  }

  @Test
  void staleSentinelMovesNobody() throws Exception {
    start(3);
    rig.sentinel(2).names(master(B, 3));

    assertThat(locator.locate()).isEqualTo(A);
    assertThat(locator.doubt()).isNull();

    rig.sentinel(0).close();
    rig.sentinel(1).close();
    assertThat(locator.locate()).isEqualTo(A);
    assertThat(locator.doubt()).contains("0 of 3").contains("names 10.0.0.2:6379 with epoch 3");
    assertThat(rig.moves).isEmpty();
  }

  /** MASTER still has the old address then, with the new epoch. */
  @Test
  void sentinelThatLeadsAFailoverIsAskedForTheNewAddress() throws Exception {
    start(3);
    rig.sentinel(1).promotes(B, 5);

    assertThat(locator.locate()).isEqualTo(B);
    assertThat(rig.moves).containsExactly(new Move(new Master(B, "", 5), NOON));

    rig.allName(master(B, 5));
    locator.locate();
    assertThat(locator.doubt()).isNull();
    assertThat(rig.moves).as("after its run id is known").hasSize(1);
  }

  @Test
  void masterThatWasReplacedAndCameBackIsAnotherOne() throws Exception {
    start(3);
    rig.allName(master(A, 6));

    assertThat(locator.locate()).isEqualTo(A);
    assertThat(rig.moves).containsExactly(new Move(master(A, 6), NOON));
  }

  @Test
  void masterWithAnotherRunIdIsAnotherOneOnceAMajorityNamesIt() throws Exception {
    start(3);
    Master restarted = new Master(A, "another process", 4);
    rig.sentinel(0).names(restarted);
    locator.locate();
    assertThat(rig.moves).isEmpty();

    rig.sentinel(1).names(restarted);
    locator.locate();
    assertThat(rig.moves).containsExactly(new Move(restarted, NOON));
  }

  @Test
  void sentinelsThatWereResetKeepTheMaster() throws Exception {
    start(3);
    rig.now = NOON.plusSeconds(5);
    rig.allName(master(A, 0));

    assertThat(locator.locate()).isEqualTo(A);
    rig.awaitConfirmed(NOON.plusSeconds(5));
    assertThat(rig.moves).isEmpty();
  }

  @Test
  void sentinelsThatWereResetMayNameAnotherMaster() throws Exception {
    start(3);
    rig.sentinel(0).close();
    rig.allName(master(B, 0));

    assertThat(locator.locate()).isEqualTo(B);
    assertThat(rig.moves).containsExactly(new Move(master(B, 0), NOON));
  }

  // ---- silence

  @Test
  void sentinelThatHangsDelaysALookUpByLittle() throws Exception {
    start(3);
    rig.sentinel(0).freeze();

    long before = System.nanoTime();
    assertThat(locator.locate()).isEqualTo(A);

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(800));
    assertThat(locator.doubt()).isNull();
  }

  @Test
  void allGoneKeepsTheMasterInDoubt() throws Exception {
    start(3);
    List<HostAndPort> addresses = rig.addresses();
    int doubts = rig.doubts.get();
    for (ScriptedSentinel sentinel : rig.sentinels) {
      sentinel.close();
    }

    assertThat(locator.locate()).isEqualTo(A);
    assertThat(locator.located().confirmedUntil()).isEqualTo(NOON);
    assertThat(locator.confirms(A)).isFalse();
    assertThat(locator.doubt())
        .startsWith(
            "no majority of the sentinels has confirmed 10.0.0.1:6379 since 2026-01-31T12:00:00Z"
                + " (0 of 3 do now): ")
        .contains(addresses.get(0) + " Connection refused")
        .contains(addresses.get(2) + " Connection refused");
    assertThat(rig.doubts).hasValue(doubts + 1);
    assertThat(rig.moves).isEmpty();
  }

  @Test
  void withoutAnyAnswerThereIsNoMaster() throws Exception {
    rig = new SentinelRig(2);
    rig.sentinel(0).close();
    rig.sentinel(1).freeze();
    locator = rig.start().locator;

    assertThatThrownBy(locator::locate)
        .isInstanceOf(JedisConnectionException.class)
        .hasMessageStartingWith("no sentinel names a master \"mymaster\": ")
        .hasMessageContaining(rig.sentinel(0).address() + " Connection refused")
        .hasMessageContaining(rig.sentinel(1).address() + " has not answered");
    assertThat(locator.located().confirmedUntil()).isNull();
  }

  @Test
  void sentinelsThatComeBackConfirmAgain() throws Exception {
    start(3);
    rig.sentinels.forEach(ScriptedSentinel::freeze);
    locator.locate();
    assertThat(locator.doubt()).isNotNull();

    rig.now = NOON.plusSeconds(5);
    rig.sentinels.forEach(ScriptedSentinel::thaw);

    await("it looks again soon").until(() -> locator.doubt() == null);
    await().until(() -> NOON.plusSeconds(5).equals(locator.located().confirmedUntil()));
    assertThat(rig.moves).isEmpty();
  }

  @Test
  void ownerThatThrowsDoesNotStopLookingUp() throws Exception {
    start(3);
    rig.onMaster =
        () -> {
          throw new IllegalStateException("thrown by the test");
        };
    rig.allName(master(B, 5));
    locator.locate();
    assertThat(locator.doubt()).isNull();
    rig.allName(master(A, 6));

    assertThat(locator.locate()).isEqualTo(A);
    assertThat(rig.moves).hasSize(2);
  }

  @Test
  void ownerMayLocateWhileItIsTold() throws Exception {
    start(3);
    HostAndPort[] located = new HostAndPort[1];
    rig.onMaster = () -> located[0] = locator.locate();
    rig.allName(master(B, 5));

    locator.locate();

    assertThat(located).containsExactly(B);
  }
}
