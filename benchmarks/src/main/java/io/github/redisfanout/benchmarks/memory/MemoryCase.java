package io.github.redisfanout.benchmarks.memory;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.CountingTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One case, in a JVM of its own: opens sessions, uses them, closes them, and looks at the heap.
 *
 * <p>Ids, the transport and the array that holds the sessions are there before the first look, so
 * they do not count. The node's backplane is in memory: Redis' side of a node is no matter of
 * sessions.
 */
final class MemoryCase {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** So many users in a message, so that it stays below the limit. */
  private static final int USERS_PER_MESSAGE = 10_000;

  private final CountingTransport transport = new CountingTransport();
  private final RedisFanout node;
  private final List<String> userIds;
  private final FanoutSession[] sessions;
  private final int perUser;
  private long queued;

  private MemoryCase(int sessions, int perUser) {
    userIds = Content.userIds((sessions + perUser - 1) / perUser);
    this.sessions = new FanoutSession[sessions];
    this.perUser = perUser;
    // Nobody is pinged and no held write times out: what that takes for a moment is not idle.
    FanoutConfig config =
        FanoutConfig.builder()
            .pingInterval(Duration.ofHours(1))
            .silenceLimit(Duration.ofHours(2))
            .writeTimeout(Duration.ofHours(1))
            .build();
    node = RedisFanout.builder(new InMemoryBackplane()).config(config).start();
  }

  /** Arguments: a word for the case, sessions, sessions per user, messages of the burst. */
  public static void main(String[] arguments) {
    String name = arguments[0];
    int sessions = Integer.parseInt(arguments[1]);
    int perUser = Integer.parseInt(arguments[2]);
    int burst = Integer.parseInt(arguments[3]);
    System.out.printf(
        "%n%s: %,d sessions, %,d per user; burst: %,d messages wait%n",
        name, sessions, perUser, burst);
    // Whatever is loaded and made once is there after this.
    new MemoryCase(100, 2).run(2, new ArrayList<>());
    List<Phase> phases = new ArrayList<>();
    new MemoryCase(sessions, perUser).run(burst, phases);
    new MemoryTable(sessions, phases).print(name);
  }

  private void run(int burst, List<Phase> phases) {
    phases.add(new Phase("start", Heap.now()));
    for (int i = 0; i < sessions.length; i++) {
      sessions[i] = node.open(userIds.get(i / perUser), transport);
    }
    phases.add(new Phase("idle", Heap.now()));
    publishToAll();
    awaitPending(0);
    phases.add(new Phase("after_message", Heap.now()));
    transport.hold();
    for (int i = 0; i <= burst; i++) { // one is on its way, the others wait behind it
      publishToAll();
      awaitPending((i + 1L) * sessions.length);
    }
    transport.release();
    awaitPending(0);
    phases.add(new Phase("after_burst", Heap.now()));
    for (int i = 0; i < sessions.length; i++) {
      sessions[i].closed(null);
      sessions[i] = null;
    }
    phases.add(new Phase("left_behind", Heap.now()));
    node.close();
  }

  private void publishToAll() {
    queued += sessions.length;
    for (int from = 0; from < userIds.size(); from += USERS_PER_MESSAGE) {
      int to = Math.min(userIds.size(), from + USERS_PER_MESSAGE);
      node.publisher().publishJson(userIds.subList(from, to), Content.json(100)).join();
    }
  }

  /** Waits until everybody has what was published, and so much of it is not yet written. */
  private void awaitPending(long pending) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      FanoutCounters counters = node.counters();
      if (counters.queued() == queued && counters.pending() == pending) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("not delivered within " + LIMIT + ": " + counters);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
