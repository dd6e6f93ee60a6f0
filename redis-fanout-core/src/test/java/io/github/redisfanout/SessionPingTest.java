package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Asking clients for a sign of life. */
class SessionPingTest {
  private final SessionRig rig =
      new SessionRig(
          SessionRig.config()
              .pingInterval(Duration.ofMillis(20))
              .silenceLimit(Duration.ofMillis(200))
              .build());

  @AfterEach
  void close() {
    rig.close();
  }

  /** A client that answers each ping at once. */
  private FakeTransport openAnswering() {
    AtomicReference<FanoutSession> session = new AtomicReference<>();
    FakeTransport transport =
        new FakeTransport() {
          @Override
          public boolean ping() throws Exception {
            session.get().touch();
            return super.ping();
          }
        };
    session.set(rig.open(transport));
    return transport;
  }

  @Test
  void clientThatAnswersIsAskedAgainAndAgainAndStays() {
    FakeTransport answering = openAnswering();

    await().until(() -> answering.pings.get() >= 20); // twice the silence limit

    assertThat(answering.closes).isEmpty();
  }

  @Test
  void clientThatDoesNotAnswerIsAborted() {
    FakeTransport silent = new FakeTransport();
    rig.open(silent);

    await().until(() -> !silent.closes.isEmpty());

    assertThat(silent.closes).containsExactly(Disconnect.SILENT);
    assertThat(silent.forced).isTrue();
    assertThat(silent.pings.get()).isPositive();
  }

  @Test
  void clientWhosePingThrowsIsAborted() {
    FakeTransport throwing =
        new FakeTransport() {
          @Override
          public boolean ping() throws Exception {
            throw new IOException("by the test");
          }
        };
    rig.open(throwing);

    await().until(() -> !throwing.closes.isEmpty());

    assertThat(throwing.closes).containsExactly(Disconnect.SILENT);
    assertThat(rig.counts().userCodeFailures()).isPositive();
  }

  @Test
  void clientThatCannotBeAskedIsNeverSilent() {
    FakeTransport mute =
        new FakeTransport() {
          @Override
          public boolean ping() throws Exception {
            super.ping();
            return false;
          }
        };
    rig.open(mute);

    await().until(() -> mute.pings.get() >= 20);

    assertThat(mute.closes).isEmpty();
  }

  @Test
  void pingThatBlocksIsNotAskedForAgainAndDelaysNobodyElse() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    FakeTransport blocked =
        new FakeTransport() {
          @Override
          public boolean ping() throws Exception {
            super.ping();
            return release.await(10, TimeUnit.SECONDS);
          }
        };
    rig.open(blocked);
    await().until(() -> blocked.pings.get() > 0);
    FakeTransport answering = openAnswering();
    try {
      await().until(() -> answering.pings.get() >= 5);

      assertThat(blocked.pings).hasValue(1);
      await().until(() -> !blocked.closes.isEmpty());
      assertThat(blocked.closes).containsExactly(Disconnect.SILENT);
    } finally {
      release.countDown();
    }
  }

  @Test
  void clientThatIsBeingWrittenToIsNotAsked() {
    FakeTransport writing = FakeTransport.holding();
    rig.openWriting(writing);
    FakeTransport answering = openAnswering();

    await().until(() -> answering.pings.get() >= 10);

    assertThat(writing.pings).hasValueLessThanOrEqualTo(1); // before the write began
    assertThat(writing.closes).isEmpty();
  }
}
