package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SendWindowTest {
  private static final long MAX = SendWindow.MAX_BYTES;
  private static final long MARK = MAX / 8;
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(10);

  /** The position of each requested heartbeat, which is written at once. */
  private final List<Long> marks = new ArrayList<>();

  private final SendWindow window = new SendWindow(this::mark);

  private long now = Long.MAX_VALUE - 5; // as System.nanoTime, it may pass the end of a long

  private void mark() {
    marks.add(window.position());
  }

  private boolean hasRoom() {
    return window.hasRoom(now);
  }

  /** Looks every few milliseconds, as the sending thread does. */
  private boolean hasRoomAfter(long nanos) {
    boolean hasRoom = false;
    for (long left = nanos; left > 0; left -= LOOK) {
      now += Math.min(left, LOOK);
      hasRoom = hasRoom();
    }
    return hasRoom;
  }

  private void sendBatches(int batches) {
    for (int i = 0; i < batches; i++) {
      window.sent(MARK);
    }
  }

  @Test
  void nodeThatReceivesNothingIsNeverHeldAndRequestsNoHeartbeat() {
    for (int i = 0; i < 100; i++) {
      window.sent(MAX);
      assertThat(hasRoom()).isTrue();
    }

    assertThat(marks).isEmpty();
    assertThat(window.position()).isEqualTo(100 * MAX);
  }

  @Test
  void receivingNodeRunsAheadByTheMaximumAndNotOneByteMore() {
    window.beginReceiving(0);

    window.sent(MAX - 1);
    assertThat(hasRoom()).isTrue();
    window.sent(1);
    assertThat(hasRoom()).isFalse();

    window.received(1);
    assertThat(hasRoom()).isTrue();
  }

  @Test
  void heartbeatIsRequestedForEachEighthOfTheMaximum() {
    window.beginReceiving(0);

    window.sent(MARK - 1);
    assertThat(marks).isEmpty();
    window.sent(1);
    assertThat(marks).containsExactly(MARK);
    window.sent(MARK - 1);
    assertThat(marks).containsExactly(MARK);
    window.sent(MARK);
    assertThat(marks).containsExactly(MARK, 3 * MARK - 1);
  }

  @Test
  void answersMakeRoomForAsMuchAsWasReceived() {
    window.beginReceiving(0);
    sendBatches(8);
    assertThat(marks).hasSize(8);

    for (int round = 0; round < 1_000; round++) {
      assertThat(hasRoom()).isFalse();
      window.received(marks.get(round));
      assertThat(hasRoom()).isTrue();
      sendBatches(1);
    }

    assertThat(marks).hasSize(1_008);
  }

  @Test
  void answersOutOfOrderDoNotMoveThePositionBack() {
    window.beginReceiving(0);
    sendBatches(8);

    window.received(8 * MARK);
    window.received(MARK);
    sendBatches(7);

    assertThat(hasRoom()).isTrue();
  }

  @Test
  void patienceEndsAfterASecondWithoutAnyAnswer() {
    window.beginReceiving(0);
    sendBatches(8);

    assertThat(hasRoom()).isFalse(); // from now on it is full
    assertThat(hasRoomAfter(PATIENCE - 1)).isFalse();
    assertThat(hasRoomAfter(1)).isTrue();
    sendBatches(8);
    assertThat(hasRoom()).as("still stuck, so nothing is waited for").isTrue();
  }

  @Test
  void timeBetweenDistantLooksDoesNotCountAsTheProcessMayHaveStoodStill() {
    window.beginReceiving(0);
    sendBatches(8);
    assertThat(hasRoom()).isFalse();

    now += 100 * PATIENCE;
    assertThat(hasRoom()).isFalse();

    assertThat(hasRoomAfter(PATIENCE / 2)).isFalse();
    assertThat(hasRoomAfter(PATIENCE / 2)).isTrue();
  }

  @Test
  void patienceStartsAgainWithEveryAnswer() {
    window.beginReceiving(0);
    sendBatches(16);
    assertThat(hasRoom()).isFalse();

    for (int answer = 1; answer <= 8; answer++) {
      assertThat(hasRoomAfter(PATIENCE - 1)).isFalse();
      window.received(answer * MARK);
      assertThat(hasRoomAfter(1)).isFalse();
    }
    assertThat(hasRoomAfter(PATIENCE - 1)).isFalse();
    window.received(8 * MARK + 1);

    assertThat(hasRoomAfter(1)).isTrue();
  }

  @Test
  void patienceStartsAgainWhenThereWasRoomMeanwhile() {
    window.beginReceiving(0);
    sendBatches(8);
    assertThat(hasRoom()).isFalse();
    window.received(MARK);
    assertThat(hasRoomAfter(PATIENCE)).isTrue();
    sendBatches(1);

    now += PATIENCE;
    assertThat(hasRoom()).isFalse();
    assertThat(hasRoomAfter(PATIENCE - 1)).isFalse();
    assertThat(hasRoomAfter(1)).isTrue();
  }

  @Test
  void timeBeforeTheFirstLookDoesNotCount() {
    window.beginReceiving(0);
    sendBatches(8);

    now += 10 * PATIENCE;
    assertThat(hasRoom()).isFalse();
  }

  @Test
  void heartbeatsDoNotPileUpWhileReceivingIsStuck() {
    window.beginReceiving(0);
    sendBatches(8);
    assertThat(hasRoom()).isFalse();
    assertThat(hasRoomAfter(PATIENCE)).isTrue();

    for (int i = 0; i < 10_000; i++) {
      sendBatches(1);
      assertThat(hasRoom()).isTrue();
    }

    assertThat(marks).hasSize(16);
  }

  @Test
  void receivingThatGoesOnGetsANewHeartbeat() {
    window.beginReceiving(0);
    sendBatches(8);
    assertThat(hasRoom()).isFalse();
    assertThat(hasRoomAfter(PATIENCE)).isTrue();
    sendBatches(100);

    window.received(marks.get(15));
    assertThat(hasRoom()).isFalse();

    assertThat(marks).hasSize(17).last().isEqualTo(108 * MARK);
    window.received(108 * MARK);
    assertThat(hasRoom()).isTrue();
  }

  @Test
  void receivingThatStartsFarBehindRequestsAHeartbeatAtOnce() {
    window.sent(3 * MAX);
    window.beginReceiving(0);

    assertThat(hasRoom()).isFalse();
    assertThat(hasRoom()).isFalse();

    assertThat(marks).containsExactly(3 * MAX);
  }

  @Test
  void nodeThatStopsReceivingIsHeldNoLonger() {
    window.beginReceiving(0);
    sendBatches(8);
    assertThat(hasRoom()).isFalse();

    window.endReceiving();

    assertThat(hasRoom()).isTrue();
    sendBatches(8);
    assertThat(marks).hasSize(8);
  }

  @Test
  void bytesSentWhileNotReceivingDoNotCount() {
    window.beginReceiving(0);
    sendBatches(8);
    window.endReceiving();
    sendBatches(100);

    window.beginReceiving(window.position());

    assertThat(hasRoom()).isTrue();
    window.sent(MAX - 1);
    assertThat(hasRoom()).isTrue();
    window.sent(1);
    assertThat(hasRoom()).isFalse();
  }

  @Test
  void bytesSentWhileSubscribingCount() {
    long subscribed = window.position();
    window.sent(MAX);

    window.beginReceiving(subscribed);

    assertThat(hasRoom()).isFalse();
  }

  @Test
  void lateAnswerOfAnEarlierConnectionChangesNothing() {
    window.beginReceiving(0);
    sendBatches(4);
    window.endReceiving();
    sendBatches(4);
    window.beginReceiving(window.position());
    sendBatches(8);

    window.received(4 * MARK);

    assertThat(hasRoom()).isFalse();
  }

  @Test
  void messageLargerThanTheMaximumIsSentWhenThereIsRoomForAByte() {
    window.beginReceiving(0);

    assertThat(hasRoom()).isTrue();
    window.sent(10 * MAX);

    assertThat(hasRoom()).isFalse();
    assertThat(marks).containsExactly(10 * MAX);
    window.received(10 * MAX);
    assertThat(hasRoom()).isTrue();
  }
}
