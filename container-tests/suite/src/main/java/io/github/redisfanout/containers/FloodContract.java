package io.github.redisfanout.containers;

import static io.github.redisfanout.containers.Neighbours.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.jakarta.JakartaConfig;
import io.github.redisfanout.testkit.RecordingClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that send too much: it costs them their session, and nobody else anything. */
public abstract class FloodContract extends ContainerContract {
  private static final int PEERS = 20;
  private static final int TEN_MEGABYTES = 10 << 20;
  private static final int FRAGMENT = 32 << 10;
  private static final int FRAMES = 100_000;
  private static final Map<Integer, Long> BY_THE_ADAPTER = Map.of(4413, (long) PEERS);

  /** What a peer sends until the server has had enough. */
  private interface Flood {
    void send(HostilePeer peer) throws IOException;
  }

  @Test
  void tenMegabytesInOneFrameCloseTheSessionWith4413BeforeTheyHaveCome() throws Exception {
    boolean byContainer = deviates(Deviation.KEEPS_WHOLE_FRAMES);
    floodClosesTheSession(
        peer -> {
          peer.beginText(TEN_MEGABYTES);
          peer.payload(
              TEN_MEGABYTES - FRAGMENT); // a server that waits for the whole frame never closes
        },
        byContainer ? 1011 : 4413,
        byContainer ? Map.of() : BY_THE_ADAPTER);
    if (byContainer) {
      skip(Deviation.KEEPS_WHOLE_FRAMES);
    }
  }

  @Test
  @Tag("full")
  void tenMegabytesInFragmentsCloseTheSessionWith4413BeforeTheyHaveCome() throws Exception {
    floodClosesTheSession(
        peer -> {
          for (int sent = 0; sent < TEN_MEGABYTES; sent += FRAGMENT) {
            peer.fragment(sent == 0, FRAGMENT);
          }
        },
        4413,
        BY_THE_ADAPTER);
  }

  private void floodClosesTheSession(Flood flood, int closeCode, Map<Integer, Long> disconnects)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PEERS);
    List<HostilePeer> peers = new ArrayList<>();
    try (Node node = node(config());
        RecordingClient healthy = node.connect("healthy")) {
      List<Future<Integer>> codes = new ArrayList<>();
      for (int i = 0; i < PEERS; i++) {
        HostilePeer peer = HostilePeer.connect(node, "hostile" + i);
        peers.add(peer);
        codes.add(threads.submit(() -> codeAfter(flood, peer)));
      }

      long start = System.nanoTime();
      for (int i = 0; node.fanout().counters().sessions() > 1; i++) {
        node.publish(List.of("healthy"), i);
        assertThat(healthy.next()).isEqualTo("" + i);
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
      }
      // A session is counted out before its disconnect is counted.
      soon()
          .untilAsserted(
              () -> assertThat(node.fanout().counters().disconnects()).isEqualTo(disconnects));
      for (Future<Integer> code : codes) {
        assertThat(code.get(15, TimeUnit.SECONDS)).isIn(closeCode, HostilePeer.GONE);
      }
      for (HostilePeer peer : peers) {
        peer.close();
      }
      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(SOON)
          .until(() -> Sockets.peers(node.port()).size() == 1);
      assertThat(node.fanout().counters().sessions()).isOne();
      assertThat(healthy.isClosed()).isFalse();
    } finally {
      threads.shutdownNow();
      for (HostilePeer peer : peers) {
        peer.close();
      }
    }
  }

  private static int codeAfter(Flood flood, HostilePeer peer) throws IOException {
    try {
      flood.send(peer);
    } catch (IOException e) {
      return HostilePeer.GONE; // the close frame was lost with the connection
    }
    return peer.closeCode();
  }

  @Test
  void hundredThousandFramesCloseTheSessionWith4429WhereTheRateIsLimited() throws Exception {
    AtomicInteger handled = new AtomicInteger();
    Node node =
        node(
            config(),
            JakartaConfig.builder().inboundRate(100, 100),
            (session, text) -> handled.incrementAndGet());
    try (Neighbours on = Neighbours.on(node)) {
      Thread flood = new Thread(() -> sendFrames(on.hostile()), "flood");
      flood.start();

      on.awaitEnded(Duration.ofSeconds(5));
      on.hostile().reset(); // or it would go on until its frames have come
      flood.join(5_000);

      on.assertOnlyTheHostileOneEnded(Map.of(4429, 1L));
      on.awaitFreed(SOON);
      assertThat(handled.get()).isBetween(100, 1_000);
    }
  }

  @Test
  @Tag("full")
  void hundredThousandFramesAreAllHandledAndTheOtherClientIsServedMeanwhile() throws Exception {
    AtomicInteger handled = new AtomicInteger();
    Node node =
        node(config(), JakartaConfig.builder(), (session, text) -> handled.incrementAndGet());
    try (Neighbours on = Neighbours.on(node)) {
      Thread flood = new Thread(() -> sendFrames(on.hostile()), "flood");
      flood.start();

      int served = 0;
      for (long start = System.nanoTime(); handled.get() < FRAMES; served++) {
        on.publishSmall(1);
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(30));
      }
      flood.join(5_000);
      assertThat(served).isGreaterThan(10);
      assertThat(on.session().isOpen()).isTrue();
      assertThat(node.fanout().counters().sessions()).isEqualTo(2);
      assertThat(node.fanout().counters().disconnects()).isEmpty();
    }
  }

  private static void sendFrames(HostilePeer peer) {
    try {
      peer.sendMany(FRAMES, "hello");
    } catch (IOException e) {
      // The server had enough.
    }
  }
}
