package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The end of a session: once, from any thread. */
class SessionCloseTest {
  private SessionRig rig = new SessionRig();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void closedByThePeerNeverClosesTheTransportAndTellsNobody() {
    FakeTransport transport = new FakeTransport();
    FanoutSession session = rig.open(transport);

    session.clientLost(new IOException("reset by peer"));
    session.disconnect(Disconnect.NOT_ALLOWED);

    rig.close(); // closing threads and listener have done what they had to
    assertThat(transport.closes).isEmpty();
    assertThat(rig.disconnects).isEmpty();
    assertThat(rig.counts().disconnects()).isEmpty();
    assertThat(rig.counts().sessions()).isZero();
    assertThat(rig.registry.sessionCount()).isZero();
  }

  @Test
  void disconnectInsideItsOwnWriteClosesTheTransportOnce() {
    AtomicReference<FanoutSession> session = new AtomicReference<>();
    FakeTransport transport =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            session.get().disconnect(Disconnect.NOT_ALLOWED);
            super.write(payload, done);
          }
        };
    session.set(rig.open(transport));

    session.get().send(1);
    session.get().send(2);

    await().until(() -> !transport.closes.isEmpty());
    rig.awaitLanes();
    assertThat(transport.closes).containsExactly(Disconnect.NOT_ALLOWED);
    assertThat(transport.forced).isFalse();
    assertThat(transport.texts()).containsExactly("1");
    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(2);
    assertThat(rig.counts().pending()).isZero();
  }

  @Test
  void goneInsideItsOwnWriteIsNotClosedAgainWhenTheWriteThrows() {
    AtomicReference<FanoutSession> session = new AtomicReference<>();
    FakeTransport transport =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            IOException reset = new IOException("reset by peer");
            session.get().clientLost(reset);
            throw reset;
          }
        };
    session.set(rig.open(transport));

    session.get().send(1);

    await().until(() -> rig.counts().userCodeFailures() == 1);
    rig.close();
    assertThat(transport.closes).isEmpty();
    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(1);
    assertThat(rig.dropped(DropReason.WRITE_FAILED)).isZero();
  }

  @Test
  void listenerMayDisconnectTheSessionOfTheEvent() {
    rig.close();
    rig =
        new SessionRig(
            SessionRig.config().build(),
            new InMemorySessionRegistry(),
            new FanoutListener() {
              @Override
              public void onDisconnect(FanoutSession session, Disconnect why) {
                session.disconnect(Disconnect.GOING_AWAY);
                session.clientLeft();
              }
            });
    FakeTransport transport = new FakeTransport();

    rig.open(transport).disconnect(Disconnect.NOT_ALLOWED);

    await().until(() -> !rig.disconnects.isEmpty());
    rig.close();
    assertThat(transport.closes).containsExactly(Disconnect.NOT_ALLOWED);
    assertThat(rig.disconnects).containsExactly(Disconnect.NOT_ALLOWED);
  }

  @Test
  void twoThreadsThatCloseCloseOnce() throws Exception {
    for (int round = 0; round < 50; round++) {
      FakeTransport transport = new FakeTransport();
      FanoutSession session = rig.open(transport);
      CyclicBarrier gate = new CyclicBarrier(3);
      Thread first = closer(gate, session, Disconnect.NOT_ALLOWED);
      Thread second = closer(gate, session, Disconnect.SILENT);
      gate.await(10, TimeUnit.SECONDS);
      first.join(10_000);
      second.join(10_000);
      await().pollInterval(Duration.ofMillis(1)).until(() -> !transport.closes.isEmpty());
      assertThat(transport.closes).hasSize(1);
    }
    rig.close();
    assertThat(rig.disconnects).hasSize(50);
    assertThat(rig.counts().sessions()).isZero();
  }

  private static Thread closer(CyclicBarrier gate, FanoutSession session, Disconnect why) {
    Thread thread =
        new Thread(
            () -> {
              try {
                gate.await(10, TimeUnit.SECONDS);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
              session.disconnect(why);
            });
    thread.start();
    return thread;
  }

  @Test
  void disconnectNeedsAReason() {
    FanoutSession session = rig.open(new FakeTransport());

    assertThatThrownBy(() -> session.disconnect(noReason()))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("why == null");
    assertThat(session.isOpen()).isTrue();
  }

  @SuppressWarnings("NullAway") // what a caller without null checks may do
  private static Disconnect noReason() {
    return null;
  }

  @Test
  void sessionThatEndsWhileItIsRegisteredDoesNotStayRegistered() {
    ForwardingRegistry registry =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            session.clientLeft(); // as when the client leaves at this moment
            return super.add(address, session);
          }
        };
    rig.close();
    rig = new SessionRig(SessionRig.config().build(), registry);

    assertThat(rig.open(new FakeTransport()).isOpen()).isFalse();

    assertThat(registry.sessionCount()).isZero();
  }

  @Test
  void registryThatRefusesASessionLeavesNothingOfIt() {
    ForwardingRegistry registry =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            throw new IllegalStateException("by the test");
          }
        };
    rig.close();
    rig = new SessionRig(SessionRig.config().build(), registry);

    assertThatThrownBy(() -> rig.open(new FakeTransport())).hasMessage("by the test");

    assertThat(rig.counts().sessions()).isZero();
    assertThat(rig.counts().userCodeFailures()).isEqualTo(1);
  }

  @Test
  void registryOrTransportThatThrowsAtTheEndStopsNothing() {
    ForwardingRegistry registry =
        new ForwardingRegistry() {
          @Override
          public boolean remove(Address address, FanoutSession session) {
            throw new IllegalStateException("by the test");
          }
        };
    rig.close();
    rig = new SessionRig(SessionRig.config().build(), registry);
    FakeTransport throwing =
        new FakeTransport() {
          @Override
          public void close(Disconnect why, boolean force) {
            super.close(why, force);
            throw new AssertionError("by the test");
          }
        };

    rig.open(throwing).disconnect(Disconnect.NOT_ALLOWED);

    await().until(() -> rig.counts().userCodeFailures() == 2);
    assertThat(throwing.closes).containsExactly(Disconnect.NOT_ALLOWED);
    assertThat(rig.counts().sessions()).isZero();
  }

  @Test
  void closeOfAllDeliversWhatWaitsForAnAsynchronousClient() throws Exception {
    FakeTransport transport = FakeTransport.holding();
    FanoutSession session = rig.openWriting(transport);
    session.send(1);
    session.send(2);
    Thread closing = new Thread(() -> rig.close(Duration.ofSeconds(10)));
    closing.start();

    for (int i = 0; i < 3; i++) {
      int next = i;
      await().until(() -> transport.held.size() > next);
      transport.held.get(i).ok();
    }

    closing.join(5_000);
    assertThat(closing.isAlive()).isFalse();
    assertThat(transport.texts()).containsExactly("0", "1", "2");
    assertThat(transport.closes).containsExactly(Disconnect.GOING_AWAY);
    assertThat(rig.counts().delivered()).isEqualTo(3);
  }

  @Test
  void lanesThatAreStuckDoNotAddUpWhenAllIsClosed() throws Exception {
    rig.close();
    rig = new SessionRig(FanoutConfig.builder("chat").lanes(8).build());
    CountDownLatch entered = new CountDownLatch(8);
    CountDownLatch release = new CountDownLatch(1);
    try {
      while (entered.getCount() > 0) { // sessions choose their lane at random
        rig.open("bob", FakeTransport.blocking(entered, release)).send(1);
        boolean all = entered.await(1, TimeUnit.MILLISECONDS);
        assertThat(rig.counts().sessions()).as("all: %s", all).isLessThan(1_000);
      }
      long before = System.nanoTime();

      rig.close(Duration.ofMillis(50));

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
      assertThat(rig.counts().sessions()).isZero();
    } finally {
      release.countDown();
    }
  }

  @Test
  void closeFramesAreSentEvenIfNoTimeIsLeft() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    FakeTransport slow =
        new FakeTransport() {
          @Override
          public void close(Disconnect why, boolean force) {
            try {
              assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            super.close(why, force);
          }
        };
    rig.open(slow);
    Thread closing = new Thread(() -> rig.close(Duration.ZERO));

    closing.start();
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    release.countDown();
    closing.join(10_000);

    assertThat(slow.closes).containsExactly(Disconnect.GOING_AWAY);
  }
}
