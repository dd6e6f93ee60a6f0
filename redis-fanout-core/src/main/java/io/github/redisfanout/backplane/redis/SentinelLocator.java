package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.redis.LocatedMaster.Confirmation;
import io.github.redisfanout.internal.Checks;
import io.github.redisfanout.internal.RateLimit;
import io.github.redisfanout.internal.Threads;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * The master that a group of sentinels names.
 *
 * <p>Looks it up at all sentinels at the same time: at each {@link #locate}, after each event of a
 * sentinel, and at an interval. One thread looks up and calls {@link Events}, with no lock held.
 */
final class SentinelLocator implements Locator {
  private static final Duration WAIT_LIMIT = Duration.ofMillis(1_250);
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  /** Changes, reported to the owner on the thread that looks up. */
  interface Events {
    /**
     * Another master than before is to be used: another address, another run id, or a later epoch,
     * so that it was no master in between. Not called for the first one.
     *
     * @param oldConfirmedUntil when the master before was last confirmed; null if that one was
     *     never confirmed, and then the one reported before it still counts
     */
    void onMaster(Master master, @Nullable Instant oldConfirmedUntil);

    /** {@link Locator#doubt} has changed from null to a reason, or back. */
    void onDoubt();
  }

  private final String masterName;
  private final Duration pollInterval;
  private final Clock clock;
  private final Events events;
  private final Sentinels sentinels;
  private final RateLimit warnings = new RateLimit(Duration.ofSeconds(10));
  private final Thread thread = Threads.daemons("sentinel-lookup").newThread(this::run);
  private volatile LocatedMaster located = LocatedMaster.NONE; // written by the thread
  private volatile LocatedMaster replaced = LocatedMaster.NONE; // the one before

  @GuardedBy("this")
  private long requested; // look-ups

  @GuardedBy("this")
  private long done; // the last requested look-up that has ended

  @GuardedBy("this")
  private boolean closed;

  // Confined to the thread.
  private int unconfirmedInARow;
  private boolean warned;

  SentinelLocator(
      String masterName,
      List<HostAndPort> sentinels,
      JedisClientConfig sentinelConfig,
      Duration pollInterval,
      Clock clock,
      Events events) {
    if (sentinels.isEmpty()) {
      throw new IllegalArgumentException("sentinels must not be empty");
    }
    this.masterName = masterName;
    this.pollInterval = Checks.positive("pollInterval", pollInterval);
    this.clock = clock;
    this.events = events;
    this.sentinels =
        new Sentinels(
            sentinels,
            address ->
                new Sentinel(address, masterName, sentinelConfig, pollInterval, this::lookAgain));
  }

  @Override
  public synchronized void start() {
    if (!closed) {
      requested++;
      thread.start();
    }
  }

  @Override
  public HostAndPort locate() {
    awaitLookUp();
    if (isClosed()) {
      throw new JedisConnectionException("closed");
    }
    LocatedMaster seen = located;
    if (seen.master() == null) {
      throw new JedisConnectionException(seen.doubt());
    }
    return seen.master().address();
  }

  @Override
  public boolean confirms(HostAndPort address) {
    if (!awaitLookUp()) {
      return false;
    }
    LocatedMaster seen = located;
    return seen.isConfirmed() && seen.master() != null && seen.master().address().equals(address);
  }

  @Override
  public @Nullable Instant confirmedUntil(HostAndPort address) {
    LocatedMaster now = located;
    LocatedMaster last = replaced;
    if (now.isAt(address)) {
      return now.confirmedUntil();
    }
    return last.isAt(address) ? last.confirmedUntil() : null;
  }

  /** What is known now. */
  LocatedMaster located() {
    return located;
  }

  @Override
  public @Nullable String doubt() {
    return located.doubt();
  }

  @Override
  public synchronized void lookAgain() {
    requested++;
    notifyAll();
  }

  /** Waits for a look-up that begins after the call; false if it has not ended in time. */
  private synchronized boolean awaitLookUp() {
    if (Thread.currentThread() == thread) {
      return true; // called by a listener: the last one has just ended
    }
    lookAgain();
    long wanted = requested;
    long deadline = System.nanoTime() + WAIT_LIMIT.toNanos();
    while (done < wanted && !closed) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      Threads.awaitNotify(this, left);
    }
    return !closed;
  }

  // ---- the thread

  private void run() {
    long next = System.nanoTime();
    for (long request = awaitTurn(next); request >= 0; request = awaitTurn(next)) {
      try {
        lookUp();
      } catch (Throwable e) {
        log.error("Looking up the master {} failed", masterName, e);
        LocatedMaster last = located;
        moveTo(new LocatedMaster(last.master(), last.confirmation(), "looking up failed: " + e));
      }
      next = System.nanoTime() + pauseNanos();
      synchronized (this) {
        done = request;
        notifyAll();
      }
    }
  }

  /** Waits for a request, or for this time; returns the last request, or -1 when closed. */
  private synchronized long awaitTurn(long due) {
    while (!closed && done == requested) {
      long left = due - System.nanoTime();
      if (left <= 0) {
        break;
      }
      Threads.awaitNotify(this, left);
    }
    return closed ? -1 : requested;
  }

  private long pauseNanos() {
    long retry = FIRST_RETRY.toNanos() << Math.min(Math.max(unconfirmedInARow - 1, 0), 20);
    return unconfirmedInARow == 0
        ? pollInterval.toNanos()
        : Math.min(retry, pollInterval.toNanos());
  }

  private void lookUp() {
    Confirmation sent = new Confirmation(clock.instant(), System.nanoTime());
    Sentinels.Answers answers = sentinels.ask();
    if (!isClosed()) { // or it is why they have not answered
      moveTo(located.after(answers, sent, masterName));
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void moveTo(LocatedMaster now) {
    LocatedMaster before = located;
    Master replacement = now.replaces(before) ? now.master() : null; // null: none
    if (replacement != null) {
      replaced = before;
    }
    located = now;
    unconfirmedInARow = now.isConfirmed() ? 0 : replacement != null ? 1 : unconfirmedInARow + 1;
    if (replacement != null) {
      log.info(
          "The sentinels' master {} is {}, no longer {}", masterName, replacement, before.master());
      guarded(() -> events.onMaster(replacement, before.confirmedUntil()));
    }
    warn(now);
    if (now.isConfirmed() != before.isConfirmed()) {
      guarded(events::onDoubt);
    }
  }

  private void warn(LocatedMaster now) {
    // A single time is usual in a failover. Without a master, the connections say why they fail.
    if (unconfirmedInARow == 2 && now.master() != null && warnings.allows()) {
      warned = true;
      log.warn("The sentinels' master {} is in doubt: {}", masterName, now.doubt());
    } else if (warned && now.isConfirmed()) {
      warned = false;
      log.info("A majority of the sentinels confirms the master {} again", masterName);
    }
  }

  private static void guarded(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      log.error("A listener of the sentinels threw", e);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    long deadline = System.nanoTime() + CLOSE_LIMIT.toNanos();
    sentinels.close(CLOSE_LIMIT);
    Threads.join(thread, Duration.ofNanos(deadline - System.nanoTime()));
  }
}
