package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client that is closed in the middle of a message gets the message first, then the code. */
class OrderlyCloseTest {
  private final SessionRig rig = new SessionRig();
  private final FakeTransport transport = FakeTransport.holding();
  private final FanoutSession session = rig.open(transport);

  @AfterEach
  void close() {
    rig.close();
  }

  private void disconnectDuringAWrite() {
    session.send(1);
    await().until(() -> transport.held.size() == 1);

    session.disconnect(Disconnect.NOT_ALLOWED);

    assertThat(session.isOpen()).isFalse();
    assertThat(rig.registry.sessionCount()).isZero();
    await().during(Duration.ofMillis(100)).until(transport.closes::isEmpty);
  }

  @Test
  void transportIsClosedWhenTheWriteInFlightIsDone() {
    disconnectDuringAWrite();

    transport.held.get(0).ok();

    await().until(() -> transport.closes.equals(List.of(Disconnect.NOT_ALLOWED)));
    assertThat(transport.forced).isFalse();
  }

  @Test
  void transportIsClosedWhenTheWriteInFlightFails() {
    disconnectDuringAWrite();

    transport.held.get(0).failed(new IOException("reset by peer"));
    transport.held.get(0).ok(); // too late

    await().until(() -> !transport.closes.isEmpty());
    assertThat(transport.closes).containsExactly(Disconnect.NOT_ALLOWED);
  }

  @Test
  @Tag("full")
  void transportIsClosedByForceWhenTheWriteIsStuck() {
    disconnectDuringAWrite();

    await().atMost(Duration.ofSeconds(40)).until(() -> !transport.closes.isEmpty());
    assertThat(transport.forced).isTrue();
    transport.held.get(0).ok();
    assertThat(transport.closes).containsExactly(Disconnect.NOT_ALLOWED);
  }

  @Test
  void closingTheNodeWaitsForNoStuckWrite() {
    session.send(1);
    await().until(() -> transport.held.size() == 1);

    rig.close();

    assertThat(transport.closes).containsExactly(Disconnect.GOING_AWAY);
  }

  @Test
  void closingTheNodeEndsTheWaitForAStuckWrite() {
    disconnectDuringAWrite();

    long start = System.nanoTime();
    rig.close();

    assertThat(transport.closes).containsExactly(Disconnect.NOT_ALLOWED);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void connectionIsCountedUntilItsTransportSaysThatItIsGone() {
    boolean[] holds = {true};
    FakeTransport slow =
        new FakeTransport() {
          @Override
          public boolean isClosing() {
            return holds[0];
          }
        };
    FanoutSession leaving = rig.open(slow);
    assertThat(rig.counts().closing()).isZero();

    leaving.clientLeft();

    assertThat(rig.counts().closing()).isOne();
    holds[0] = false;
    assertThat(rig.counts().closing()).isZero();
  }
}
