package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The queue of one session: its bounds, and what each policy does at them. */
class SessionQueueTest {
  private final FakeTransport transport = FakeTransport.holding();
  private SessionRig rig = new SessionRig();

  @AfterEach
  void close() {
    rig.close();
  }

  private FanoutSession writing(OverflowPolicy policy, int messages, int bytes) {
    rig.close();
    rig =
        new SessionRig(
            SessionRig.config()
                .overflowPolicy(policy)
                .sessionQueueMessages(messages)
                .sessionQueueBytes(bytes)
                .build());
    return rig.openWriting(transport);
  }

  private static SendQueue queue(int messages, int bytes) {
    return new SendQueue(new SendQueue.Limits(messages, bytes, new HighWater()));
  }

  /** Lets the client read all that waits. */
  private List<String> drained() {
    transport.stopHolding();
    transport.held.get(0).ok();
    await().until(() -> rig.counts().pending() == 0);
    return transport.texts();
  }

  @Test
  void asManyMessagesWaitBesideTheOneBeingWrittenAsTheLimitSays() {
    FanoutSession session = writing(OverflowPolicy.DROP_NEWEST, 3, 1_000);

    assertThat(session.send(1)).isTrue();
    assertThat(session.send(2)).isTrue();
    assertThat(session.send(3)).isTrue();
    assertThat(session.send(4)).isFalse();

    assertThat(session.isOpen()).isTrue();
    assertThat(rig.dropped(DropReason.QUEUE_FULL)).isEqualTo(1);
    assertThat(drained()).containsExactly("0", "1", "2", "3");
  }

  @Test
  void asManyBytesWaitAsTheLimitSaysAndNotOneMore() {
    FanoutSession session = writing(OverflowPolicy.DROP_NEWEST, 100, 10);

    assertThat(session.send("123456")).isTrue(); // 8 bytes with its quotes
    assertThat(session.send(123)).isFalse();
    assertThat(session.send(12)).isTrue();
    assertThat(session.send(1)).isFalse();

    assertThat(drained()).containsExactly("0", "\"123456\"", "12");
  }

  @Test
  void bytesOfWhatWasWrittenAreFreeAgain() {
    FanoutSession session = writing(OverflowPolicy.DROP_NEWEST, 100, 10);
    for (int round = 0; round < 10; round++) {
      assertThat(session.send("12345678")).isTrue(); // all 10 bytes
      assertThat(session.send(1)).isFalse();
      int writes = transport.held.size();
      transport.held.get(writes - 1).ok();
      await().until(() -> transport.held.size() == writes + 1);
    }
  }

  @Test
  void messageThatDoesNotHaveToWaitFitsWhateverItsSize() {
    rig.close();
    rig = new SessionRig(SessionRig.config().sessionQueueBytes(1).build());
    FakeTransport idle = new FakeTransport();

    assertThat(rig.open(idle).send("larger than the queue")).isTrue();

    await().until(() -> idle.written.size() == 1);
  }

  @Test
  void limitOfTheLargestIntIsNoLimitForNegativeSums() {
    SendQueue queue = queue(100, Integer.MAX_VALUE);
    queue.offer(new TextPayload("0", 1), OverflowPolicy.DROP_NEWEST);

    TextPayload largest = new TextPayload("1", Integer.MAX_VALUE);
    assertThat(queue.offer(largest, OverflowPolicy.DROP_NEWEST)).isZero();
    assertThat(queue.offer(new TextPayload("2", 1), OverflowPolicy.DROP_NEWEST)).isEqualTo(-1);

    queue.next();
    assertThat(queue.onItsWay()).isSameAs(largest);
  }

  @Test
  void dropOldestDropsWhatWaitedLongestAndOnlyAsMuchAsNeeded() {
    FanoutSession session = writing(OverflowPolicy.DROP_OLDEST, 100, 9);
    session.send(111);
    session.send(222);
    session.send(333);

    assertThat(session.send(55555)).isTrue();

    assertThat(rig.dropped(DropReason.QUEUE_FULL)).isEqualTo(2);
    assertThat(drained()).containsExactly("0", "333", "55555");
  }

  @Test
  void dropOldestByCountDropsOneForOne() {
    FanoutSession session = writing(OverflowPolicy.DROP_OLDEST, 2, 1_000);
    for (int i = 1; i <= 5; i++) {
      assertThat(session.send(i)).isTrue();
    }

    assertThat(rig.dropped(DropReason.QUEUE_FULL)).isEqualTo(3);
    assertThat(drained()).containsExactly("0", "4", "5");
  }

  @Test
  void dropOldestDropsNobodyForAMessageThatNeverFits() {
    FanoutSession session = writing(OverflowPolicy.DROP_OLDEST, 100, 9);
    session.send(111);

    assertThat(session.send("1234567890")).isFalse();

    assertThat(session.isOpen()).isTrue();
    assertThat(rig.dropped(DropReason.QUEUE_FULL)).isEqualTo(1);
    assertThat(drained()).containsExactly("0", "111");
  }

  @Test
  void fullQueueDisconnectsTheSession() {
    FanoutSession session = writing(OverflowPolicy.DISCONNECT, 2, 1_000);
    session.send(1);
    session.send(2);

    assertThat(session.send(3)).isFalse();

    assertThat(session.isOpen()).isFalse();
    await().until(() -> !transport.closes.isEmpty() && !rig.disconnects.isEmpty());
    assertThat(transport.closes).containsExactly(Disconnect.SLOW_CLIENT);
    assertThat(transport.forced).isTrue();
    assertThat(rig.disconnects).containsExactly(Disconnect.SLOW_CLIENT);
    assertThat(rig.dropped(DropReason.QUEUE_FULL)).isEqualTo(1);
    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(3); // two and the one in flight
    assertThat(rig.counts().disconnects()).containsExactly(java.util.Map.entry(1013, 1L));
    assertThat(rig.counts().pending()).isZero();
  }

  @Test
  void queueOfAClosedSessionKeepsNothing() {
    SendQueue queue = queue(1, 1);
    TextPayload payload = new TextPayload("1", 1);
    queue.offer(payload, OverflowPolicy.DISCONNECT);
    queue.offer(payload, OverflowPolicy.DISCONNECT);

    assertThat(queue.clear()).isEqualTo(2);

    assertThat(queue.onItsWay()).isNull();
    queue.next();
    assertThat(queue.onItsWay()).isNull();
    assertThat(queue.clear()).isZero();
  }

  @Test
  void nothingIsWrittenAfterAWriteThatFailed() throws Exception {
    for (int round = 0; round < 100; round++) {
      FakeTransport failing = FakeTransport.holding();
      FanoutSession session = rig.openWriting(failing);
      CountDownLatch sent = new CountDownLatch(1);
      Thread sender =
          new Thread(
              () -> {
                while (session.isOpen()) {
                  session.send(1);
                }
                sent.countDown();
              });
      sender.start();

      failing.held.get(0).failed(new java.io.IOException("broken by the test"));

      assertThat(sent.await(10, TimeUnit.SECONDS)).isTrue();
      rig.awaitLanes();
      assertThat(failing.texts()).as("round %s", round).containsExactly("0");
    }
  }

  @Test
  void sessionMayHaveAPolicyOfItsOwn() {
    FanoutSession patient = writing(OverflowPolicy.DISCONNECT, 1, 1_000);
    assertThat(patient.overflowPolicy()).isEqualTo(OverflowPolicy.DISCONNECT);

    patient.overflowPolicy(OverflowPolicy.DROP_NEWEST);

    assertThat(patient.send(1)).isTrue();
    assertThat(patient.send(2)).isFalse();
    assertThat(patient.isOpen()).isTrue();
    assertThat(rig.dropped(DropReason.QUEUE_FULL)).isOne();
    patient.overflowPolicy(OverflowPolicy.DROP_OLDEST);
    assertThat(patient.send(3)).isTrue();
    FanoutSession other = rig.openWriting(FakeTransport.holding());
    other.send(1);
    assertThat(other.send(2)).as("others have the node's").isFalse();
    assertThat(other.isOpen()).isFalse();
  }
}
