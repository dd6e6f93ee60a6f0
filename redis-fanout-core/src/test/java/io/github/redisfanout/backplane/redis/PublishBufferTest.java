package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PublishBufferTest {
  private static final long LONG = TimeUnit.SECONDS.toNanos(20);

  private final PublishBuffer buffer = open(RedisConfig.builder());

  private static PublishBuffer open(RedisConfig.Builder config) {
    PublishBuffer buffer = new PublishBuffer(config.build());
    buffer.open();
    return buffer;
  }

  private static FakeCallback put(PublishBuffer buffer, int number, int bytes) {
    byte[] message = new byte[bytes];
    message[0] = (byte) number;
    FakeCallback callback = new FakeCallback();
    buffer.put(new Outgoing("channel", message), callback);
    return callback;
  }

  private static List<Integer> numbers(List<QueuedPublish> taken) {
    return taken.stream().map(waiting -> (int) waiting.message().bytes()[0]).toList();
  }

  @Test
  void messagesAreTakenInTheirOrder() {
    for (int i = 0; i < 5; i++) {
      put(buffer, i, 10);
    }

    assertThat(buffer.messages()).isEqualTo(5);
    assertThat(buffer.bytes()).isEqualTo(50);
    assertThat(numbers(buffer.take(3, 1_000))).containsExactly(0, 1, 2);
    assertThat(numbers(buffer.take(3, 1_000))).containsExactly(3, 4);
    assertThat(buffer.messages()).isZero();
    assertThat(buffer.bytes()).isZero();
  }

  @Test
  void batchHasAtMostTheGivenBytesButAtLeastOneMessage() {
    put(buffer, 0, 60);
    put(buffer, 1, 40);
    put(buffer, 2, 1);
    put(buffer, 3, 500);

    assertThat(numbers(buffer.take(10, 100))).containsExactly(0, 1);
    assertThat(numbers(buffer.take(10, 100))).containsExactly(2);
    assertThat(numbers(buffer.take(10, 100))).containsExactly(3);
  }

  @Test
  void boundByCountIsExactAndNamed() {
    PublishBuffer small = open(RedisConfig.builder().publishBufferMessages(2));
    put(small, 0, 1);
    put(small, 1, 1);

    FakeCallback refused = put(small, 2, 1);

    assertThat(refused.reports)
        .containsExactly("REJECTED the publish buffer is full: publishBufferMessages 2");
    small.take(1, 100);
    assertThat(put(small, 3, 1).reports).isEmpty();
  }

  @Test
  void boundByBytesIsExactAndNamed() {
    PublishBuffer small = open(RedisConfig.builder().publishBufferBytes(10));
    put(small, 0, 6);

    assertThat(put(small, 1, 5).reports)
        .containsExactly("REJECTED the publish buffer is full: publishBufferBytes 10");
    assertThat(put(small, 2, 4).reports).isEmpty();
    assertThat(small.bytes()).isEqualTo(10);
  }

  @Test
  void whatIsWithdrawnFreesItsPlaceAndNothingElseDoes() {
    PublishBuffer small =
        open(RedisConfig.builder().publishBufferMessages(3).publishBufferBytes(60));
    put(small, 0, 10);
    FakeCallback withdrawn = put(small, 1, 20);
    put(small, 2, 30);

    small.withdraw(new FakeCallback());
    assertThat(small.messages()).isEqualTo(3);
    small.withdraw(withdrawn);
    small.withdraw(withdrawn);

    assertThat(small.bytes()).isEqualTo(40);
    assertThat(put(small, 3, 20).reports).isEmpty();
    assertThat(numbers(small.take(10, 1_000))).containsExactly(0, 2, 3);
    assertThat(withdrawn.reports).isEmpty();
  }

  @Test
  void flushEndsWhenAllThatIsLeftIsWithdrawn() throws Exception {
    FakeCallback last = put(buffer, 0, 10);
    buffer.beginClose(LONG);
    Thread pausing = new Thread(() -> buffer.pause(LONG));
    pausing.start();
    await().until(() -> pausing.getState() == Thread.State.TIMED_WAITING);

    buffer.withdraw(last);

    pausing.join(TimeUnit.SECONDS.toMillis(10));
    assertThat(pausing.isAlive()).isFalse();
    assertThat(buffer.isFinished()).isTrue();
  }

  @Test
  void flushEndsWhenAllThatIsLeftExpires() throws Exception {
    PublishBuffer brief = open(RedisConfig.builder().publishTimeout(Duration.ofMillis(1)));
    put(brief, 0, 10);
    brief.beginClose(LONG);
    Thread pausing = new Thread(() -> brief.pause(LONG));
    pausing.start();
    await().until(() -> pausing.getState() == Thread.State.TIMED_WAITING);

    await()
        .until(
            () -> {
              brief.expireLate();
              return brief.isFinished();
            });

    pausing.join(TimeUnit.SECONDS.toMillis(10));
    assertThat(pausing.isAlive()).isFalse();
  }

  @Test
  void beforeOpenAndAfterCloseAllIsRejected() {
    PublishBuffer fresh = new PublishBuffer(RedisConfig.defaults());
    assertThat(put(fresh, 0, 1).reports)
        .containsExactly(
            "REJECTED the backplane is not started; start the node, the Subscriber or the backplane first");

    fresh.beginClose(LONG);
    fresh.open();

    assertThat(put(fresh, 0, 1).reports).containsExactly("REJECTED the backplane is closed");
    assertThat(fresh.isFinished()).isTrue();
  }

  @Test
  void whatComesWhileItFlushesIsRejectedAndWhatWaitedIsNot() {
    FakeCallback waiting = put(buffer, 0, 1);
    buffer.beginClose(LONG);

    assertThat(put(buffer, 1, 1).reports).containsExactly("REJECTED the backplane is closed");

    assertThat(numbers(buffer.take(10, 100))).containsExactly(0);
    assertThat(waiting.reports).isEmpty();
  }

  @Test
  void whatIsPutBackComesFirstAndInItsOrder() {
    PublishBuffer small = open(RedisConfig.builder().publishBufferMessages(3));
    for (int i = 0; i < 3; i++) {
      put(small, i, 10);
    }
    List<QueuedPublish> taken = small.take(3, 1_000);
    put(small, 3, 10);
    put(small, 4, 10);

    small.putBack(taken.subList(1, 3));

    assertThat(small.messages()).as("over the bound rather than lost").isEqualTo(4);
    assertThat(put(small, 5, 10).reports).hasSize(1);
    assertThat(numbers(small.take(10, 1_000))).containsExactly(1, 2, 3, 4);
    assertThat(small.bytes()).isZero();
  }

  @Test
  void lateMessagesExpireOnceAndInOrder() {
    PublishBuffer hasty = open(RedisConfig.builder().publishTimeout(Duration.ofMillis(5)));
    List<FakeCallback> callbacks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      callbacks.add(put(hasty, i, 10));
    }

    await()
        .until(
            () -> {
              hasty.expireLate();
              return hasty.messages() == 0;
            });
    hasty.expireLate();

    assertThat(callbacks)
        .allSatisfy(
            callback ->
                assertThat(callback.reports)
                    .containsExactly("EXPIRED not sent within publishTimeout PT0.005S"));
    assertThat(hasty.bytes()).isZero();
  }

  @Test
  void lateMessageIsNotTakenEvenIfNobodyHasLooked() {
    PublishBuffer hasty = open(RedisConfig.builder().publishTimeout(Duration.ofMillis(1)));
    FakeCallback late = put(hasty, 0, 10);
    List<QueuedPublish> taken = new ArrayList<>();
    await().until(() -> taken.addAll(hasty.take(10, 1_000)) || hasty.messages() == 0);
    FakeCallback putBackLate = new FakeCallback();
    QueuedPublish old =
        new QueuedPublish(new Outgoing("c", new byte[7]), putBackLate, System.nanoTime() - 1);

    hasty.putBack(List.of(old));

    assertThat(hasty.take(10, 1_000)).isEmpty();
    assertThat(putBackLate.reports).hasSize(1);
    assertThat(late.reports.size() + taken.size()).isEqualTo(1);
    assertThat(hasty.bytes()).isZero();
  }

  @Test
  void callbackThatThrowsDoesNotKeepTheNextFromBeingCalled() {
    FakeCallback throwing =
        new FakeCallback() {
          @Override
          public void failed(PublishFailure failure, Throwable cause) {
            throw new AssertionError("by the test");
          }
        };
    buffer.put(new Outgoing("channel", new byte[1]), throwing);
    FakeCallback next = put(buffer, 1, 1);

    buffer.rejectRest();

    assertThat(next.reports)
        .containsExactly("REJECTED the backplane was closed before the message was sent");
    assertThat(buffer.messages()).isZero();
  }

  @Test
  void messageEndsTheWaitForMessagesAndWakeDoesSoOnce() {
    assertThat(buffer.awaitMessages(1)).isFalse();
    buffer.wake();
    Duration afterWake = elapsed(() -> assertThat(buffer.awaitMessages(LONG)).isFalse());
    assertThat(afterWake).isLessThan(Duration.ofSeconds(10));
    long shortly = TimeUnit.MILLISECONDS.toNanos(20);
    assertThat(elapsed(() -> buffer.awaitMessages(shortly)))
        .isGreaterThanOrEqualTo(Duration.ofMillis(20));
    put(buffer, 0, 1);
    Duration afterPut = elapsed(() -> assertThat(buffer.awaitMessages(LONG)).isTrue());
    assertThat(afterPut).isLessThan(Duration.ofSeconds(10));
    assertThat(elapsed(() -> buffer.pause(shortly)))
        .as("a pause goes on when messages come")
        .isGreaterThanOrEqualTo(Duration.ofMillis(20));
  }

  @Test
  void closingEndsEveryWaitWhenNothingIsLeftOrTheTimeIsOver() {
    put(buffer, 0, 1);
    buffer.beginClose(TimeUnit.MILLISECONDS.toNanos(50));
    assertThat(buffer.isFinished()).isFalse();
    assertThat(buffer.awaitMessages(LONG)).isTrue();

    assertThat(elapsed(() -> buffer.pause(LONG))).isLessThan(Duration.ofSeconds(10));

    assertThat(buffer.isFinished()).isTrue();
    buffer.beginClose(LONG);
    assertThat(buffer.isFinished()).as("the first limit stays").isTrue();
  }

  @Test
  void interruptDoesNotEndAPause() {
    Thread.currentThread().interrupt();

    Duration pause = elapsed(() -> buffer.pause(TimeUnit.MILLISECONDS.toNanos(20)));

    assertThat(pause).isGreaterThanOrEqualTo(Duration.ofMillis(20));
    assertThat(Thread.interrupted()).isFalse();
  }

  private static Duration elapsed(Runnable action) {
    long before = System.nanoTime();
    action.run();
    return Duration.ofNanos(System.nanoTime() - before);
  }
}
