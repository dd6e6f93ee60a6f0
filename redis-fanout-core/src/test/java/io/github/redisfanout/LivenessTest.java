package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pings and silence to the nanosecond, wherever the clock began: it may begin anywhere. */
class LivenessTest {
  private static final long PING = 25;
  private static final long SILENCE = 60;

  private long now;

  private Liveness openedAt(long time) {
    now = time;
    return new Liveness(() -> now);
  }

  private boolean isSilent(Liveness liveness) {
    return liveness.isSilent(now, PING, SILENCE);
  }

  private boolean pingIsDue(Liveness liveness) {
    boolean due = liveness.beginPing(now, PING);
    if (due) {
      liveness.endPing();
    }
    return due;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void clientThatWasNeverAskedIsNotSilent(long start) {
    Liveness liveness = openedAt(start);
    now += 10 * SILENCE;

    assertThat(isSilent(liveness)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void answerThatComesBeforeThePingReturnsCounts(long start) throws Exception {
    Liveness liveness = openedAt(start);
    now += PING;
    liveness.ping(
        new FakeTransport() {
          @Override
          public boolean ping() {
            liveness.touch();
            return true;
          }
        });
    now += 10 * SILENCE;

    assertThat(isSilent(liveness)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void clientThatDoesNotAnswerIsSilentWhenTheLimitHasPassedSinceItWasSeen(long start)
      throws Exception {
    Liveness liveness = openedAt(start);
    now += PING;
    liveness.ping(new FakeTransport());

    now += SILENCE - PING - 1;
    assertThat(isSilent(liveness)).isFalse();
    now += 1;
    assertThat(isSilent(liveness)).isTrue();

    liveness.touch();
    now += 10 * SILENCE;
    assertThat(isSilent(liveness)).isFalse(); // it was not asked since
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void askingAgainDoesNotPutTheEndOff(long start) throws Exception {
    Liveness liveness = openedAt(start);
    now += PING;
    liveness.ping(new FakeTransport());
    now += PING;
    liveness.ping(new FakeTransport());

    now += SILENCE - 2 * PING;
    assertThat(isSilent(liveness)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void clientThatWasAskedLateHasTimeToAnswer(long start) throws Exception {
    Liveness liveness = openedAt(start);
    now += SILENCE; // the ping waited for a thread
    liveness.ping(new FakeTransport());

    now += SILENCE - PING - 1;
    assertThat(isSilent(liveness)).isFalse();
    now += 1;
    assertThat(isSilent(liveness)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void clientThatAnsweredIsGivenAllTheTimeAgain(long start) throws Exception {
    Liveness liveness = openedAt(start);
    now += PING;
    liveness.ping(new FakeTransport());
    now += 5;
    liveness.touch();
    now += PING;
    liveness.ping(new FakeTransport());

    now += SILENCE - PING - 1;
    assertThat(isSilent(liveness)).isFalse();
    now += 1;
    assertThat(isSilent(liveness)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void clientThatCannotBeAskedCountsAsSeen(long start) throws Exception {
    Liveness liveness = openedAt(start);
    now += PING;
    liveness.ping(
        new FakeTransport() {
          @Override
          public boolean ping() {
            return false;
          }
        });
    now += 10 * SILENCE;

    assertThat(isSilent(liveness)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void pingIsDueOneIntervalAfterBothTheLastPingAndTheLastSignOfLife(long start) throws Exception {
    Liveness liveness = openedAt(start);
    now += PING - 1;
    assertThat(pingIsDue(liveness)).isFalse();
    now += 1;
    assertThat(pingIsDue(liveness)).isTrue();
    liveness.ping(new FakeTransport());

    now += PING - 1;
    assertThat(pingIsDue(liveness)).isFalse();
    now += 1;
    assertThat(pingIsDue(liveness)).isTrue();

    liveness.touch();
    now += PING - 1;
    assertThat(pingIsDue(liveness)).isFalse();
    now += 1;
    assertThat(pingIsDue(liveness)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -10, Long.MAX_VALUE - 10})
  void onePingIsUnderWayAtATime(long start) {
    Liveness liveness = openedAt(start);
    now += PING;

    assertThat(liveness.beginPing(now, PING)).isTrue();
    assertThat(liveness.beginPing(now, PING)).isFalse();
    liveness.endPing();
    assertThat(liveness.beginPing(now, PING)).isTrue();
  }
}
