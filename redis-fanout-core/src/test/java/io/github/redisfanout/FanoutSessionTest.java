package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Writing: one at a time, in order, on whatever thread a write is reported. */
class FanoutSessionTest {
  private SessionRig rig = new SessionRig();
  private final FakeTransport transport = FakeTransport.holding();

  @AfterEach
  void close() {
    rig.close();
  }

  private void configure(FanoutConfig.Builder config) {
    rig.close();
    rig = new SessionRig(config.build());
  }

  @Test
  void oneWriteIsInFlightAndTheOrderIsKeptWhateverThreadReports() throws Exception {
    configure(SessionRig.config().sessionQueueMessages(10_000));
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ExecutorService client = Executors.newFixedThreadPool(3);
    FakeTransport asynchronous =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) {
            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            written.add(payload);
            int number = written.size();
            Runnable report =
                () -> {
                  inFlight.decrementAndGet();
                  done.ok();
                };
            if (number % 3 == 0) {
              report.run();
            } else {
              client.execute(report);
            }
          }
        };
    rig.open(asynchronous);

    IntStream.range(0, 3_000).forEach(i -> rig.deliver(List.of("alice"), "" + i));

    await().until(() -> rig.counts().delivered() == 3_000);
    client.shutdown();
    assertThat(most).hasValue(1);
    assertThat(asynchronous.texts())
        .isEqualTo(IntStream.range(0, 3_000).mapToObj(String::valueOf).toList());
  }

  @Test
  void allSessionsOfAMessageShareOnePayload() {
    FakeTransport first = new FakeTransport();
    FakeTransport second = new FakeTransport();
    rig.open(first);
    rig.open(second);

    rig.deliver(List.of("alice"), "{}");

    await().until(() -> rig.counts().delivered() == 2);
    assertThat(first.written.get(0)).isSameAs(second.written.get(0));
  }

  @Test
  void writesThatAreDoneAtOnceDoNotGrowTheStack() {
    configure(SessionRig.config().sessionQueueMessages(100_000).deliveryBufferBytes(1L << 30));
    AtomicLong deepest = new AtomicLong();
    FakeTransport inline =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) {
            if (held.isEmpty()) {
              held.add(done);
            } else {
              deepest.accumulateAndGet(
                  StackWalker.getInstance().walk(frames -> frames.count()), Math::max);
              done.ok();
            }
          }
        };
    FanoutSession session = rig.openWriting(inline);
    int messages = Effort.of(100_000);
    for (int i = 0; i < messages; i++) {
      rig.deliver(List.of("alice"), "1");
    }
    rig.awaitLanes();

    inline.held.get(0).ok();

    await().until(() -> rig.counts().delivered() == messages + 1);
    assertThat(deepest.get()).isLessThan(20);
    assertThat(session.isOpen()).isTrue();
  }

  @Test
  void onlyTheFirstReportOfAWriteCounts() {
    FanoutSession session = rig.openWriting(transport);
    session.send(1);
    session.send(2);
    WriteCallback first = transport.held.get(0);

    first.ok();
    await().until(() -> transport.held.size() == 2);
    first.ok();
    first.failed(new IOException("too late"));
    rig.awaitLanes();

    assertThat(session.isOpen()).isTrue();
    assertThat(transport.texts()).containsExactly("0", "1");
    assertThat(rig.counts().delivered()).isEqualTo(1);
    assertThat(rig.counts().pending()).isEqualTo(2);
  }

  @Test
  void reportAfterTheSessionHasClosedIsIgnored() {
    FanoutSession session = rig.openWriting(transport);
    session.send(1);
    session.clientLeft();

    transport.held.get(0).ok();
    transport.held.get(0).failed(new IOException("too late"));
    rig.awaitLanes();

    assertThat(transport.texts()).containsExactly("0");
    assertThat(transport.closes).isEmpty();
    assertThat(rig.counts().delivered()).isZero();
    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(2);
    assertThat(rig.dropped(DropReason.WRITE_FAILED)).isZero();
  }

  @Test
  void writeThatIsNeverReportedIsAbortedAndTheSessionIsUnregisteredBefore() {
    configure(SessionRig.config().writeTimeout(Duration.ofMillis(50)));
    AtomicReference<Integer> registeredAtClose = new AtomicReference<>();
    FakeTransport stuck =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) {
            held.add(done);
          }

          @Override
          public void close(Disconnect why, boolean force) {
            registeredAtClose.set(rig.registry.sessionCount());
            super.close(why, force);
          }
        };
    rig.openWriting(stuck);

    await().until(() -> !stuck.closes.isEmpty());

    assertThat(stuck.closes).containsExactly(Disconnect.WRITE_TIMEOUT);
    assertThat(stuck.forced).isTrue();
    assertThat(registeredAtClose).hasValue(0);
    assertThat(rig.counts().sessions()).isZero();
    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(1);
  }

  @Test
  void throwingIsTheSameAsFailing() {
    for (Throwable thrown : List.of(new IOException("no"), new AssertionError("no"))) {
      FakeTransport throwing =
          new FakeTransport() {
            @Override
            public void write(Payload payload, WriteCallback done) throws Exception {
              if (thrown instanceof Error error) {
                throw error;
              }
              throw (Exception) thrown;
            }
          };
      FanoutSession session = rig.open(throwing);

      session.send(0);

      await().until(() -> !throwing.closes.isEmpty());
      assertThat(throwing.closes).containsExactly(Disconnect.WRITE_FAILED);
      assertThat(throwing.forced).isTrue();
    }
    assertThat(rig.dropped(DropReason.WRITE_FAILED)).isEqualTo(2);
    assertThat(rig.counts().userCodeFailures()).isEqualTo(2);
    assertThat(rig.counts().pending()).isZero();
  }

  @Test
  void writeThatWasReportedDoneAndThenThrowsIsDone() {
    FakeTransport confused =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            super.write(payload, done);
            throw new IOException("after all");
          }
        };
    FanoutSession session = rig.open(confused);

    session.send(0);
    session.send(1);

    await().until(() -> rig.counts().userCodeFailures() == 2);
    assertThat(session.isOpen()).isTrue();
    assertThat(rig.counts().delivered()).isEqualTo(2);
  }

  @Test
  void sessionThatAlwaysHasSomethingToWriteLeavesTheLaneToOthers() {
    AtomicReference<FanoutSession> talkative = new AtomicReference<>();
    AtomicBoolean enough = new AtomicBoolean();
    FakeTransport endless =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) {
            if (!enough.get()) {
              talkative.get().send(1);
            }
            done.ok();
          }
        };
    FakeTransport other = new FakeTransport();
    talkative.set(rig.open(endless));
    FanoutSession quiet = rig.open(other);
    talkative.get().send(0);

    try {
      await().until(() -> rig.counts().delivered() > 1_000);
      quiet.send("hello");
      await().until(() -> !other.written.isEmpty());
    } finally {
      enough.set(true);
    }
  }

  @Test
  void sendAfterCloseIsFalseAndCounted() {
    FanoutSession session = rig.open(transport);
    session.clientLeft();

    assertThat(session.send(1)).isFalse();

    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(1);
    assertThat(rig.counts().queued()).isEqualTo(1);
  }
}
