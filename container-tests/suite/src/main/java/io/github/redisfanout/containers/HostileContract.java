package io.github.redisfanout.containers;

import static io.github.redisfanout.containers.Neighbours.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.testkit.FaultProxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients that do not read or go without a word: the session ends, its socket is freed, and the
 * client beside it, on the same lane, gets everything in order.
 */
public abstract class HostileContract extends ContainerContract {
  private static final Duration WRITE_TIMEOUT = Duration.ofMillis(700);
  private static final int MORE_THAN_SOCKETS_HOLD = 60;

  /** The longest that a container keeps a socket whose client does not help to close it. */
  private static final Duration TIME_TO_CLOSE = Duration.ofSeconds(15);

  /** Room for all that a test publishes, so that nothing but a time limit can end a session. */
  private static FanoutConfig.Builder roomyQueue() {
    return config().sessionQueueBytes(100 << 20);
  }

  private void skipIfStuckSocketsStay(Neighbours on) {
    if (deviates(Deviation.KEEPS_STUCK_SOCKETS)) {
      assertThat(on.hostile().isHeld()).isTrue();
      skip(Deviation.KEEPS_STUCK_SOCKETS);
    }
  }

  @Test
  void peerThatNeverReadsIsEndedByTheWriteTimeout() throws Exception {
    try (Neighbours on = Neighbours.on(node(roomyQueue().writeTimeout(WRITE_TIMEOUT)))) {
      on.publishLarge(MORE_THAN_SOCKETS_HOLD);

      on.awaitEnded(WRITE_TIMEOUT.plus(SOON));
      on.assertOnlyTheHostileOneEnded(Map.of(1013, 1L));
      skipIfStuckSocketsStay(on);
      on.awaitFreed(SOON);
    }
  }

  @Test
  void peerThatNeverReadsIsEndedWhenItsQueueIsFull() throws Exception {
    FanoutConfig.Builder config = config().sessionQueueMessages(4);
    try (Neighbours on = Neighbours.on(node(config.writeTimeout(Duration.ofMinutes(1))))) {
      on.publishLarge(MORE_THAN_SOCKETS_HOLD);

      on.assertOnlyTheHostileOneEnded(Map.of(1013, 1L));
      skipIfStuckSocketsStay(on);
      on.awaitFreed(SOON);
    }
  }

  @Test
  void peerThatResetsIsUnregisteredAndItsSocketFreed() throws Exception {
    try (Neighbours on = Neighbours.on(node(config()))) {
      on.publishSmall(5);

      on.hostile().reset();

      on.awaitEnded(SOON);
      on.assertOnlyTheHostileOneEnded(Map.of());
      on.awaitFreed(SOON);
    }
  }

  @Test
  void stuckPeerThatResetsIsUnregisteredAndItsSocketFreed() throws Exception {
    try (Neighbours on = Neighbours.on(node(roomyQueue().writeTimeout(Duration.ofMinutes(1))))) {
      on.publishLarge(MORE_THAN_SOCKETS_HOLD);

      on.hostile().reset();

      on.awaitEnded(SOON);
      on.awaitFreed(SOON);
      on.publishSmall(20);
    }
  }

  /** Neither the listener nor the endpoint gets a report of a failure on this side. */
  @Test
  void peerThatIsLostIsNoErrorOfThisSide() throws Exception {
    lost(HostilePeer::reset);
    lost(HostilePeer::close);
    lost(HostilePeer::halfClose);
    lost(
        peer -> {
          peer.beginText(1000);
          peer.payload(1);
          peer.reset();
        });
    lost(
        peer -> {
          peer.beginText(1000);
          peer.close();
        });
  }

  /** Ends a connection without a close frame. */
  @FunctionalInterface
  private interface End {
    void of(HostilePeer peer) throws Exception;
  }

  private void lost(End end) throws Exception {
    try (Neighbours on = Neighbours.on(node(config()))) {
      end.of(on.hostile());

      on.awaitEnded(SOON);
      on.assertOnlyTheHostileOneEnded(Map.of());
      Integer code =
          soon().until(() -> ApplicationEndpoint.closeCode(on.session()), c -> c != null);
      assertThat(code).isEqualTo(1006);
    }
  }

  @Test
  void peerThatHalfClosesIsUnregisteredAndItsSocketFreed() throws Exception {
    try (Neighbours on = Neighbours.on(node(config()))) {
      on.publishSmall(5);

      on.hostile().halfClose();

      on.awaitEnded(SOON);
      on.assertOnlyTheHostileOneEnded(Map.of());
      on.awaitFreed(SOON);
    }
  }

  @Test
  void peerThatVanishesIsEndedByTheSilenceLimit() throws Exception {
    FanoutConfig.Builder config =
        config().pingInterval(Duration.ofMillis(250)).silenceLimit(Duration.ofSeconds(1));
    Node node = node(config);
    try (FaultProxy proxy = FaultProxy.to(node.port());
        Neighbours on = Neighbours.on(node, proxy)) {
      proxy.stall(FaultProxy.Direction.BOTH);

      on.awaitEnded(Duration.ofSeconds(1).plus(SOON));
      on.assertOnlyTheHostileOneEnded(Map.of(Disconnect.SILENT.code(), 1L));
      if (deviates(Deviation.LOOKS_AT_CLOSES_EVERY_TEN_SECONDS)) {
        skip(Deviation.LOOKS_AT_CLOSES_EVERY_TEN_SECONDS);
      }
      on.awaitFreed(SOON);
    }
  }

  @Test
  @Tag("full")
  void peerThatVanishesLosesItsSocket() throws Exception {
    Node node = node(config());
    try (FaultProxy proxy = FaultProxy.to(node.port());
        Neighbours on = Neighbours.on(node, proxy)) {
      proxy.stall(FaultProxy.Direction.BOTH);

      on.session().disconnect(new Disconnect(1000, "logged out"));

      on.assertOnlyTheHostileOneEnded(Map.of(1000, 1L));
      on.awaitFreed(timeToClose());
    }
  }

  /** The adapter gives a client 10 s to answer a close. */
  private Duration timeToClose() {
    boolean late = deviates(Deviation.LOOKS_AT_CLOSES_EVERY_TEN_SECONDS);
    return Duration.ofSeconds(late ? 22 : 12);
  }

  @Test
  void peerThatVanishesUnderLoadIsEndedByTheWriteTimeout() throws Exception {
    Node node = node(roomyQueue().writeTimeout(WRITE_TIMEOUT));
    try (FaultProxy proxy = FaultProxy.to(node.port());
        Neighbours on = Neighbours.on(node, proxy)) {
      proxy.stall(FaultProxy.Direction.BOTH);
      on.publishLarge(MORE_THAN_SOCKETS_HOLD);

      on.awaitEnded(WRITE_TIMEOUT.plus(SOON));
      on.assertOnlyTheHostileOneEnded(Map.of(1013, 1L));
      skipIfStuckSocketsStay(on);
      on.awaitFreed(SOON);
    }
  }

  @Test
  @Tag("full")
  void peerThatReadsOneByteASecondIsEndedByTheWriteTimeout() throws Exception {
    Duration timeout = Duration.ofSeconds(4);
    ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor();
    try (Neighbours on = Neighbours.on(node(roomyQueue().writeTimeout(timeout)))) {
      var reading =
          reader.scheduleAtFixedRate(() -> on.hostile().readByte(), 0, 1, TimeUnit.SECONDS);
      on.publishLarge(MORE_THAN_SOCKETS_HOLD);

      on.awaitEnded(timeout.plus(SOON));
      on.assertOnlyTheHostileOneEnded(Map.of(1013, 1L));
      reading.cancel(false); // it did read until here, and needs not to be read any more
      skipIfStuckSocketsStay(on);
      on.awaitFreed(SOON);
    } finally {
      reader.shutdownNow();
    }
  }

  @Test
  @Tag("full")
  void peerThatNeverAnswersTheCloseLosesItsSocket() throws Exception {
    try (Neighbours on = Neighbours.on(node(config()))) {
      on.session().disconnect(new Disconnect(1000, "logged out"));

      on.assertOnlyTheHostileOneEnded(Map.of(1000, 1L));
      on.awaitFreed(timeToClose());
    }
  }

  @Test
  @Tag("full")
  void stuckPeerThatIsLoggedOutLosesItsSocket() throws Exception {
    try (Neighbours on = Neighbours.on(node(roomyQueue().writeTimeout(Duration.ofMinutes(1))))) {
      on.publishLarge(MORE_THAN_SOCKETS_HOLD);

      on.session().disconnect(new Disconnect(1000, "logged out"));

      on.assertOnlyTheHostileOneEnded(Map.of(1000, 1L));
      skipIfStuckSocketsStay(on);
      on.awaitFreed(TIME_TO_CLOSE);
    }
  }

  @Test
  @Tag("full")
  void stuckPeerThatClosesIsCountedUntilItLosesItsSocket() throws Exception {
    for (int code : new int[] {1000, 1001}) {
      try (Neighbours on = Neighbours.on(node(roomyQueue().writeTimeout(Duration.ofMinutes(1))))) {
        on.publishLarge(MORE_THAN_SOCKETS_HOLD);

        on.hostile().sendClose(code);

        on.awaitEnded(TIME_TO_CLOSE);
        on.awaitFreedAndCounted(deviates(Deviation.KEEPS_STUCK_SOCKETS), TIME_TO_CLOSE);
        on.publishSmall(20);
      }
    }
    if (deviates(Deviation.KEEPS_STUCK_SOCKETS)) {
      skip(Deviation.KEEPS_STUCK_SOCKETS);
    }
  }

  @Test
  @Tag("full")
  void peerThatClosesAndKeepsItsConnectionIsCountedUntilItLosesItsSocket() throws Exception {
    try (Neighbours on = Neighbours.on(node(config()))) {
      on.hostile().sendClose(1000);

      on.awaitEnded(SOON);
      on.awaitFreedAndCounted(false, TIME_TO_CLOSE);
      on.assertOnlyTheHostileOneEnded(Map.of());
    }
  }
}
