package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.NotPermittedException;
import io.github.redisfanout.backplane.PresenceTable;
import io.github.redisfanout.backplane.PresenceTable.Acquired;
import io.github.redisfanout.backplane.PresenceTable.Change;
import io.github.redisfanout.backplane.PresenceTable.Known;
import io.github.redisfanout.backplane.PresenceTable.Lease;
import io.github.redisfanout.backplane.PresenceTable.Renewal;
import io.github.redisfanout.internal.PresenceEvents;
import io.github.redisfanout.internal.Warnings;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the presence table who is on this node, and removes what lost nodes have written.
 * Thread-safe; never waits. The table is called without the lock.
 *
 * <p>Each time the node begins to receive it takes a new lease and writes all its users again, as
 * Redis may have lost them, or may have users that have left.
 */
final class PresenceTracking {
  static final Duration LEASE = Announcements.INTERVAL.multipliedBy(3);

  /** So long users who move to other nodes stay online. */
  static final Duration GRACE = TrackedUsers.DEBOUNCE;

  /** Users who come at about the same time are written together. */
  private static final long GATHER_MILLIS = 20;

  private static final long RETRY_MILLIS = 1_000;
  private static final int MAX_CHANGES = 2_000;

  private final PresenceTable table;
  private final String channel;
  private final String node;
  private final Counters counters;
  private final Notifier notifier;
  private final TrackedUsers users = new TrackedUsers(System::nanoTime);
  private final Warnings failures = new Warnings();
  private final Warnings malformed = new Warnings();

  @GuardedBy("this")
  private @Nullable ScheduledExecutorService timer; // null before start

  @GuardedBy("this")
  private boolean receiving;

  @GuardedBy("this")
  private boolean closed;

  /** Null before the first one, and while another one is taken. */
  @GuardedBy("this")
  private @Nullable Lease lease;

  /** The last one; null before the first. */
  @GuardedBy("this")
  private @Nullable Lease last;

  @GuardedBy("this")
  private long acquiredNanos; // of no meaning without a lease

  @GuardedBy("this")
  private boolean acquiring;

  /** It is to be taken once more, as receiving began again meanwhile. */
  @GuardedBy("this")
  private boolean again;

  /** The last renewal succeeded. */
  @GuardedBy("this")
  private boolean renewed;

  @GuardedBy("this")
  private boolean writing;

  @GuardedBy("this")
  private boolean writeScheduled;

  @GuardedBy("this")
  private boolean leaveScheduled;

  @GuardedBy("this")
  private boolean sweeping;

  @GuardedBy("this")
  private @Nullable Future<?> nextSweep; // null if none is to be expected

  PresenceTracking(
      PresenceTable table, String channel, String node, Counters counters, Notifier notifier) {
    this.table = table;
    this.channel = channel;
    this.node = node;
    this.counters = counters;
    this.notifier = notifier;
  }

  /** The channels of the events of users who come and go. */
  Set<String> channels() {
    return Set.of(PresenceTable.eventChannel(channel));
  }

  void start(ScheduledExecutorService timer) {
    synchronized (this) {
      this.timer = timer;
    }
    write(0); // it may receive already
  }

  // ---- users

  /** A user has one session more here, or one less. */
  void countSession(String userId, int change) {
    if (change > 0 && users.came(userId)) {
      write(GATHER_MILLIS);
    } else if (change < 0 && users.left(userId)) {
      expectLeaves();
    }
  }

  private void expectLeaves() {
    synchronized (this) {
      OptionalLong nanos = users.nextLeave();
      if (nanos.isPresent() && !leaveScheduled) {
        // Those who leave at about the same time are written together.
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong()) + GATHER_MILLIS;
        leaveScheduled = schedule(this::writeLeaves, millis) != null;
      }
    }
  }

  private void writeLeaves() {
    synchronized (this) {
      leaveScheduled = false;
    }
    write(0);
    expectLeaves();
  }

  /** Writes in this time what is to be written. */
  private synchronized void write(long millis) {
    if (!writeScheduled && !writing && lease != null) {
      writeScheduled = schedule(this::write, millis) != null;
    }
  }

  private void write() {
    Lease mine;
    List<Change> changes;
    synchronized (this) {
      writeScheduled = false;
      mine = lease;
      if (writing || mine == null || closed) {
        return;
      }
      changes = users.take(MAX_CHANGES);
      if (changes.isEmpty()) {
        return;
      }
      writing = true;
    }
    guarded(
        () -> table.change(mine, changes),
        (known, failure) -> wrote(mine, changes, known, failure));
  }

  private void wrote(
      Lease mine, List<Change> changes, @Nullable Boolean known, @Nullable Throwable failure) {
    synchronized (this) {
      writing = false;
    }
    if (known != null && known) {
      users.written(changes);
      expectLeaves(); // some may have left meanwhile
      write(0);
    } else {
      users.failed(changes);
      if (failure == null) {
        acquireAfter(mine);
      } else {
        failed("Users could not be written", failure);
        write(RETRY_MILLIS);
      }
    }
  }

  // ---- the lease

  /** Receiving has begun or ended. */
  void receiving(boolean now) {
    boolean begins;
    synchronized (this) {
      begins = now && !receiving;
      receiving = now;
    }
    if (begins) {
      acquire();
    }
  }

  /** Called by a timer. */
  void repeat() {
    Lease mine;
    synchronized (this) {
      mine = lease;
      if (!receiving || closed || acquiring) {
        return;
      }
    }
    if (mine == null) {
      acquire();
    } else {
      guarded(
          () -> table.renew(mine, LEASE), (renewal, failure) -> renewed(mine, renewal, failure));
    }
  }

  /** This lease is not known any more. */
  private void acquireAfter(Lease gone) {
    synchronized (this) {
      if (!gone.equals(lease)) {
        return; // there is another one already
      }
    }
    acquire();
  }

  private void acquire() {
    Lease before;
    synchronized (this) {
      again = acquiring;
      if (acquiring || !receiving || closed) {
        return;
      }
      acquiring = true;
      lease = null;
      before = last;
    }
    guarded(
        () -> table.acquire(channel, node, LEASE, before, GRACE),
        (acquired, failure) -> acquired(acquired, failure));
  }

  private void acquired(@Nullable Acquired acquired, @Nullable Throwable failure) {
    boolean repeat;
    boolean ended;
    synchronized (this) {
      acquiring = false;
      repeat = again;
      again = false;
      if (acquired != null) {
        lease = acquired.lease();
        last = lease;
        acquiredNanos = System.nanoTime();
        renewed = true;
        users.rewrite(acquired.before());
      }
      ended = closed;
    }
    if (acquired != null && ended) {
      retire(acquired.lease());
    }
    if (failure != null) {
      failed("Presence is not tracked", failure); // it is tried again by the timer
    }
    if (repeat) {
      acquire();
    } else {
      write(0);
    }
  }

  private void renewed(Lease mine, @Nullable Renewal renewal, @Nullable Throwable failure) {
    boolean known = renewal != null && renewal.known() == Known.YES;
    synchronized (this) {
      if (!mine.equals(lease)) {
        return; // another one was taken meanwhile
      }
      renewed = known;
    }
    if (known && renewal != null) {
      expectSweep(renewal.nextExpiry());
    } else if (failure == null) {
      acquireAfter(mine);
    } else {
      failed("Presence could not be renewed", failure);
    }
  }

  // ---- the users of lost nodes

  /** If a lease expires before the next renewal, it looks at that time. */
  private synchronized void expectSweep(Duration nextExpiry) {
    if (nextSweep != null) {
      nextSweep.cancel(false);
      nextSweep = null;
    }
    // Not soon after a failover or a gap, when others have not taken their leases yet.
    long quiet =
        LEASE.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - acquiredNanos);
    long millis = Math.max(Math.max(0, nextExpiry.toMillis()), quiet);
    if (millis < Announcements.INTERVAL.toMillis() * 3 / 2) {
      long jitter = ThreadLocalRandom.current().nextLong(10, 200);
      nextSweep = schedule(this::sweep, millis + jitter);
    }
  }

  private void sweep() {
    Lease mine;
    synchronized (this) {
      mine = lease;
      if (mine == null || !renewed || sweeping || closed) {
        return;
      }
      sweeping = true;
    }
    guarded(
        () -> table.sweep(mine),
        (swept, failure) -> {
          synchronized (this) {
            sweeping = false;
          }
          if (failure != null) {
            failed("Users of lost nodes could not be removed", failure);
          }
        });
  }

  // ---- events

  /** On the reading thread: tells the listener who came and who left. */
  void heard(byte[] message) {
    List<PresenceEvents.User> changed;
    try {
      changed = PresenceEvents.decode(message).users();
    } catch (IllegalArgumentException e) {
      counters.malformed.increment();
      malformed.warn("A message was skipped: {}", e.getMessage());
      return;
    }
    notifier.reportEach(
        changed,
        (listener, user) -> {
          if (user.online()) {
            listener.onUserOnline(user.id());
          } else {
            listener.onUserOffline(user.id());
          }
        });
  }

  // ---- the end

  /** The node ends: its users have a moment to move to other nodes. */
  void close() {
    Lease mine;
    synchronized (this) {
      closed = true;
      mine = lease;
      lease = null;
    }
    if (mine != null) {
      retire(mine);
    }
  }

  private void retire(Lease mine) {
    guarded(() -> table.retire(mine, GRACE), (nothing, failure) -> {});
  }

  // ---- tools

  private void failed(String what, Throwable failure) {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    counters.presenceFailures.increment();
    if (!(failure instanceof NotPermittedException)) { // which stands in the health's notes
      failures.warn("{}: {}", what, failure.getMessage());
    }
  }

  @GuardedBy("this")
  private @Nullable Future<?> schedule(Runnable task, long millis) {
    if (timer == null || closed) {
      return null;
    }
    try {
      return timer.schedule(task, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      return null; // the node is closed
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the outcome is passed on
  private static <T> void guarded(
      Supplier<CompletionStage<T>> call, BiConsumer<@Nullable T, @Nullable Throwable> outcome) {
    CompletionStage<T> stage;
    try {
      stage = call.get();
    } catch (Throwable e) {
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete(
        (result, failure) ->
            outcome.accept(
                result, failure instanceof CompletionException e ? e.getCause() : failure));
  }
}
