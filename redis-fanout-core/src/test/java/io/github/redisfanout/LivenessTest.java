package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LivenessTest {
  private static final long PING = TimeUnit.SECONDS.toNanos(25);
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(60);

  private final Liveness liveness = new Liveness();
  private final long opened = System.nanoTime();

  @Test
  void clientThatWasNeverAskedIsNotSilent() {
    assertThat(liveness.isSilent(opened + 10 * SILENCE, PING, SILENCE)).isFalse();
  }

  @Test
  void answerThatComesBeforeThePingReturnsCounts() throws Exception {
    liveness.ping(
        new FakeTransport() {
          @Override
          public boolean ping() {
            liveness.touch();
            return true;
          }
        });

    assertThat(liveness.isSilent(opened + 10 * SILENCE, PING, SILENCE)).isFalse();
  }

  @Test
  void silenceBeginsWithTheLastSignOfLife() throws Exception {
    liveness.ping(new FakeTransport());

    assertThat(liveness.isSilent(opened + SILENCE - PING, PING, SILENCE)).isFalse();
    assertThat(liveness.isSilent(System.nanoTime() + SILENCE, PING, SILENCE)).isTrue();
    liveness.touch();
    assertThat(liveness.isSilent(System.nanoTime() + SILENCE, PING, SILENCE)).isFalse();
  }

  @Test
  void askingAgainDoesNotPutTheEndOff() throws Exception {
    liveness.ping(new FakeTransport());
    long asked = System.nanoTime();
    while (System.nanoTime() - asked < 1_000_000) {
      liveness.ping(new FakeTransport());
    }

    assertThat(liveness.isSilent(asked + SILENCE, SILENCE - 1, SILENCE)).isTrue();
    assertThat(liveness.isSilent(asked + SILENCE, 0, SILENCE)).isTrue();
  }

  @Test
  void clientThatWasAskedLateHasTimeToAnswer() throws Exception {
    while (System.nanoTime() - opened < 1_000_000) {
      Thread.onSpinWait(); // the ping waits for a thread
    }
    liveness.ping(new FakeTransport());

    // For a limit of 1 s that has just passed since the last sign of life, but not since asking.
    long second = 1_000_000_000;
    assertThat(liveness.isSilent(opened + second, 0, second)).isFalse();
    assertThat(liveness.isSilent(System.nanoTime() + second, 0, second)).isTrue();
  }

  @Test
  void clientThatWasHeardLatelyIsNotSilentHoweverSoonItShouldAnswer() throws Exception {
    liveness.ping(new FakeTransport());

    assertThat(liveness.isSilent(System.nanoTime(), SILENCE, SILENCE)).isFalse();
  }

  @Test
  void pingIsDueOnlySoLongAfterBothTheLastPingAndTheLastSignOfLife() throws Exception {
    passAMillisecond();
    liveness.ping(new FakeTransport());
    assertThat(liveness.beginPing(opened + PING, PING)).isFalse();

    long asked = System.nanoTime();
    passAMillisecond();
    liveness.touch();
    assertThat(liveness.beginPing(asked + PING, PING)).isFalse();
    assertThat(liveness.beginPing(System.nanoTime() + PING, PING)).isTrue();
  }

  private static void passAMillisecond() {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < 1_000_000) {
      Thread.onSpinWait();
    }
  }

  @Test
  void onePingIsUnderWayAtATime() {
    long due = opened + PING + 1;

    assertThat(liveness.beginPing(opened, PING)).isFalse();
    assertThat(liveness.beginPing(due, PING)).isTrue();
    assertThat(liveness.beginPing(due, PING)).isFalse();
    liveness.endPing();
    assertThat(liveness.beginPing(due, PING)).isTrue();
  }
}
