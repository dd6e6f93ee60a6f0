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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One session, and all that can happen to it at the same moment, round after round. */
@Timeout(120)
class SessionRaceTest {
  private static final int ROUNDS = 5_000;
  private static final int SENDS = 4;
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** A transport that keeps what it is to report, and finds out if two writes overlap. */
  private static final class Client implements Transport {
    final List<Integer> written = new CopyOnWriteArrayList<>();
    final Queue<WriteCallback> unreported = new ConcurrentLinkedQueue<>();
    final AtomicInteger inFlight = new AtomicInteger();
    final AtomicInteger closes = new AtomicInteger();
    final List<String> faults = new CopyOnWriteArrayList<>();

    @Override
    public void write(Payload payload, WriteCallback done) {
      if (inFlight.incrementAndGet() > 1) {
        faults.add("two writes at a time");
      }
      written.add(Integer.valueOf(payload.text()));
      unreported.add(done);
    }

    boolean report() {
      WriteCallback done = unreported.poll();
      if (done != null) {
        inFlight.decrementAndGet();
        done.ok();
        done.failed(new IOException("too late to say so"));
      }
      return done != null;
    }

    void fail() {
      WriteCallback done = unreported.poll();
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

  /** A session and what three threads do with it. */
  private static final class Story {
    final Client client = new Client();
    final FanoutSession session;
    final List<Integer> first = new ArrayList<>();
    final List<Integer> second = new ArrayList<>();
    final Runnable oneEnding;
    final Runnable otherEnding;

    Story(CallerOwner owner, Random random) {
      session = owner.session(client, new CallerLaneThread());
      oneEnding = anEnding(random, session, client);
      otherEnding = anEnding(random, session, client);
    }

    void sendAndEnd() {
      sendAll(session, 0, first);
      oneEnding.run();
    }

    void send() {
      sendAll(session, 100, second);
    }

    void reportAndEnd() {
      client.report();
      client.report();
      otherEnding.run();
      client.report();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whateverMeetsNothingIsLostUnseenOrWrittenTwice(OverflowPolicy policy) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    CallerOwner owner =
        new CallerOwner(SessionRig.config().overflowPolicy(policy).sessionQueueMessages(2).build());
    List<Story> stories = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      stories.add(new Story(owner, random));
    }

    try (Race race = new Race()) {
      race.rounds(
          ROUNDS,
          round -> stories.get(round).sendAndEnd(),
          round -> stories.get(round).send(),
          round -> stories.get(round).reportAndEnd());
    }

    for (int i = 0; i < ROUNDS; i++) {
      assertRight("seed " + seed + ", round " + i, stories.get(i), policy);
    }
    assertAllIsCounted(owner.counts(), 2L * SENDS * ROUNDS);
    long closes = stories.stream().mapToLong(story -> story.client.closes.get()).sum();
    assertThat(closes).isBetween((long) ROUNDS / 10, (long) ROUNDS);
    assertThat(owner.counts().disconnects().values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(closes);
  }

  /** The lane finds nothing more to write and stops; just then there is something. */
  @Test
  void messageThatComesAsTheLaneStopsIsWrittenAtOnce() throws Exception {
    CallerOwner owner = new CallerOwner(FanoutConfig.of("chat"));
    int rounds = 30_000;
    AtomicInteger[] written = new AtomicInteger[rounds];
    FanoutSession[] sessions = new FanoutSession[rounds];
    for (int i = 0; i < rounds; i++) {
      AtomicInteger count = new AtomicInteger();
      written[i] = count;
      Transport transport =
          new Transport() {
            @Override
            public void write(Payload payload, WriteCallback done) {
              count.incrementAndGet();
              done.ok();
            }

            @Override
            public void close(Disconnect why, boolean force) {}
          };
      sessions[i] = owner.session(transport, new CallerLaneThread());
    }

    try (Race race = new Race()) {
      race.rounds(
          rounds,
          round -> sendAll(sessions[round], 0, new ArrayList<>()),
          round -> sendAll(sessions[round], 100, new ArrayList<>()));
    }

    for (int i = 0; i < rounds; i++) {
      assertThat(written[i]).as("round %s", i).hasValue(2 * SENDS);
    }
  }

  private static void assertRight(String what, Story story, OverflowPolicy policy) {
    Client client = story.client;
    boolean stayedOpen = story.session.isOpen();
    while (client.report()) {}
    assertThat(client.faults).as(what).isEmpty();
    assertThat(client.closes.get()).as(what).isLessThanOrEqualTo(1);
    assertInOrder(what, client.written, story.first, story.second);
    if (stayedOpen && policy != OverflowPolicy.DROP_OLDEST) {
      assertThat(client.written).as(what).hasSize(story.first.size() + story.second.size());
    }
    story.session.clientLeft();
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
            () -> session.clientLeft(),
            () -> session.disconnect(Disconnect.NOT_ALLOWED),
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

  private static void assertAllIsCounted(FanoutCounters counts, long sent) {
    long dropped = counts.dropped().values().stream().mapToLong(Long::longValue).sum();
    assertThat(counts.queued()).isEqualTo(sent);
    assertThat(counts.delivered() + dropped).isEqualTo(sent);
    assertThat(counts.pending()).isZero();
  }
}
