package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A session alone, without the timers and threads of a node. */
class SessionSweepTest {
  private static final long LONG = TimeUnit.MINUTES.toNanos(10);
  private static final long SHORT = TimeUnit.MINUTES.toNanos(1);

  private final CallerOwner owner = new CallerOwner(FanoutConfig.of("chat"));
  private final FakeTransport holding = FakeTransport.holding();
  private final FanoutSession session = owner.session(holding, new CallerLaneThread());

  private long dropped(DropReason reason) {
    return owner.counts().dropped().get(reason);
  }

  /** Sweeps as the timer would two minutes from now. */
  private boolean pingIsDueAfter(long writeTimeout, long ping, long silence) {
    return session.sweep(System.nanoTime() + 2 * SHORT, writeTimeout, ping, silence);
  }

  @Test
  void sessionKnowsItsIdItsUserAndTheNumberOfItsLane() {
    assertThat(session.id()).isEqualTo("id");
    assertThat(session.userId()).isEqualTo("alice");
    assertThat(
            owner
                .session(holding, new LaneThread(3, 1, Clock.systemUTC(), new HighWater()))
                .laneNumber())
        .isEqualTo(3);
  }

  @Test
  void disconnectSaysWhetherItClosedTheSession() {
    assertThat(session.disconnect(Disconnect.GOING_AWAY)).isTrue();
    assertThat(session.disconnect(Disconnect.FAILED)).isFalse();

    assertThat(holding.closes).containsExactly(Disconnect.GOING_AWAY);
  }

  @Test
  void jsonIsSentAsItIsAndRefusedOnceTheSessionIsClosed() {
    assertThat(session.sendJson("{\"a\" : 1}")).isTrue();
    assertThat(holding.texts()).containsExactly("{\"a\" : 1}");

    session.clientLeft();
    assertThat(session.sendJson("1")).isFalse();
  }

  @Test
  void textOfASessionSaysWhetherItIsOpen() {
    assertThat(session).hasToString("FanoutSession(id, open)");

    session.clientLeft();
    assertThat(session).hasToString("FanoutSession(id, closed)");
  }

  @Test
  void ownerLearnsWhyTheClientWasLost() {
    IllegalStateException cause = new IllegalStateException("by the test");

    session.clientLost(cause);

    assertThat(owner.lost).containsExactly(cause);
  }

  @Test
  void quietClientIsToBePinged() {
    assertThat(pingIsDueAfter(SHORT, LONG, LONG)).isFalse();
    assertThat(pingIsDueAfter(SHORT, SHORT, LONG)).isTrue();
  }

  @Test
  void clientThatIsBeingWrittenToIsNotToBePinged() throws Exception {
    session.send(1);

    assertThat(pingIsDueAfter(LONG, SHORT, LONG)).isFalse();
    session.ping(); // it was due before the write began

    assertThat(holding.pings).hasValue(0);
    assertThat(session.isOpen()).isTrue();
  }

  @Test
  void closedSessionIsNeitherPingedNorDisconnected() throws Exception {
    session.disconnect(Disconnect.GOING_AWAY);

    assertThat(pingIsDueAfter(SHORT, SHORT, LONG)).isFalse();
    session.ping();

    assertThat(holding.pings).hasValue(0);
    assertThat(owner.counts().disconnects()).containsOnlyKeys(Disconnect.GOING_AWAY.code());
  }

  @Test
  void stuckWriteEndsTheSessionAndAsksForNoPing() {
    session.send(1);

    assertThat(pingIsDueAfter(SHORT, SHORT, LONG)).isFalse();

    assertThat(owner.counts().disconnects()).containsOnlyKeys(Disconnect.WRITE_TIMEOUT.code());
    assertThat(dropped(DropReason.SESSION_CLOSED)).isEqualTo(1);
  }

  @Test
  void silentClientEndsTheSessionAndIsNotAskedAgain() throws Exception {
    session.ping();

    assertThat(pingIsDueAfter(LONG, 1, SHORT)).isFalse();

    assertThat(owner.counts().disconnects()).containsOnlyKeys(Disconnect.SILENT.code());
  }

  @Test
  void failedWriteIsCountedApartFromWhatWaitedBehindIt() {
    session.send(1);
    session.send(2);
    session.send(3);

    holding.held.get(0).failed(new IllegalStateException("by the test"));

    assertThat(dropped(DropReason.WRITE_FAILED)).isEqualTo(1);
    assertThat(dropped(DropReason.SESSION_CLOSED)).isEqualTo(2);
    assertThat(owner.counts().queued()).isEqualTo(3);
  }

  @Test
  void sessionGivesUpItsTurnAfter256Writes() {
    Queue<Runnable> turns = new ArrayDeque<>();
    LaneThread stepped =
        new LaneThread(0, 1, Clock.systemUTC(), new HighWater()) {
          @Override
          void execute(Runnable task) {
            turns.add(task);
          }
        };
    FanoutSession[] endless = new FanoutSession[1];
    FakeTransport transport =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            endless[0].send(1);
            super.write(payload, done);
          }
        };
    endless[0] = owner.session(transport, stepped);
    endless[0].send(1);

    turns.remove().run();

    assertThat(transport.written).hasSize(256);
    assertThat(turns).hasSize(1);
  }
}
