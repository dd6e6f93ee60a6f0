package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One session, and all that can happen to it at the same moment, round after round. */
@Timeout(120)
class SessionRaceTest {
  private static final int ROUNDS = 2_000;
  private static final int SENDS = 4;
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** A transport that keeps what it is to report, and finds out if two writes overlap. */
  private static final class Client implements Transport {
    final List<Integer> written = new CopyOnWriteArrayList<>();
    final Queue<WriteDone> unreported = new ConcurrentLinkedQueue<>();
    final AtomicInteger inFlight = new AtomicInteger();
    final AtomicInteger closes = new AtomicInteger();
    final List<String> faults = new CopyOnWriteArrayList<>();

    @Override
    public void write(Payload payload, WriteDone done) {
      if (inFlight.incrementAndGet() > 1) {
        faults.add("two writes at a time");
      }
      written.add(Integer.valueOf(payload.text()));
      unreported.add(done);
    }

    boolean report() {
      WriteDone done = unreported.poll();
      if (done != null) {
        inFlight.decrementAndGet();
        done.ok();
        done.failed(new IOException("too late to say so"));
      }
      return done != null;
    }

    void fail() {
      WriteDone done = unreported.poll();
      if (done != null) {
        done.failed(new IOException("by the test"));
        done.ok();
      }
    }

    @Override
    public void close(Disconnect why, boolean force) {
      closes.incrementAndGet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whateverMeetsNothingIsLostUnseenOrWrittenTwice(OverflowPolicy policy) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    FanoutConfig config =
        SessionRig.config().overflowPolicy(policy).sessionQueueMessages(2).build();
    List<Client> clients = new ArrayList<>();
    SessionRig rig = new SessionRig(config);
    try (Race race = new Race()) {
      for (int round = 1; round <= ROUNDS; round++) {
        Client client = new Client();
        clients.add(client);
        FanoutSession session =
            new FanoutSession("s", Address.user("u"), client, new CallerLane(), rig.sessions);
        List<Integer> first = new ArrayList<>();
        List<Integer> second = new ArrayList<>();
        Runnable ending = anEnding(random, session, client);
        race.run(
            () -> sendAll(session, 0, first),
            () -> sendAll(session, 100, second),
            () -> {
              client.report();
              client.report();
              ending.run();
              client.report();
            });

        boolean stayedOpen = session.isOpen();
        while (client.report()) {}
        String what = "seed " + seed + ", round " + round;
        assertThat(client.faults).as(what).isEmpty();
        assertInOrder(what, client.written, first, second);
        if (stayedOpen && policy != OverflowPolicy.DROP_OLDEST) {
          assertThat(client.written).as(what).hasSize(first.size() + second.size());
        }
        session.closed(null);
        assertAllIsCounted(what, rig.counts(), 2L * SENDS * round);
      }
    } finally {
      rig.close();
    }
    long disconnects =
        rig.counts().disconnects().values().stream().mapToLong(Long::longValue).sum();
    assertThat(disconnects).isBetween((long) ROUNDS / 10, (long) ROUNDS);
    assertThat(clients).allMatch(client -> client.closes.get() <= 1);
    assertThat(clients.stream().mapToInt(client -> client.closes.get()).sum())
        .isEqualTo((int) disconnects);
  }

  private static void sendAll(FanoutSession session, int from, List<Integer> accepted) {
    for (int i = from; i < from + SENDS; i++) {
      if (session.send(i)) {
        accepted.add(i);
      }
    }
  }

  private static Runnable anEnding(Random random, FanoutSession session, Client client) {
    List<Runnable> endings =
        List.of(
            () -> {},
            client::fail,
            () -> session.closed(null),
            () -> session.disconnect(Disconnect.POLICY),
            () -> session.sweep(System.nanoTime() + 10 * SECOND, SECOND, SECOND, SECOND));
    return endings.get(random.nextInt(endings.size()));
  }

  /** Each was accepted, none comes twice, and each sender's come in its order. */
  private static void assertInOrder(
      String what, List<Integer> written, List<Integer> first, List<Integer> second) {
    assertThat(written).as(what).doesNotHaveDuplicates();
    List<Integer> ofFirst = written.stream().filter(i -> i < 100).toList();
    List<Integer> ofSecond = written.stream().filter(i -> i >= 100).toList();
    assertThat(ofFirst).as(what).isSorted();
    assertThat(ofSecond).as(what).isSorted();
    assertThat(first).as(what).containsAll(ofFirst);
    assertThat(second).as(what).containsAll(ofSecond);
  }

  private static void assertAllIsCounted(String what, FanoutCounters counts, long sent) {
    long dropped = counts.dropped().values().stream().mapToLong(Long::longValue).sum();
    assertThat(counts.queued()).as(what).isEqualTo(sent);
    assertThat(counts.delivered() + dropped).as(what).isEqualTo(sent);
    assertThat(counts.pending()).as(what).isZero();
  }
}
