package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.internal.Threads;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The wanted channels, those who wait for them, and the commands to write to the present
 * connection. Thread-safe; no call waits for Redis. Futures are completed by the command thread,
 * without the lock.
 */
final class Channels {
  /** The connection that commands are written to. */
  interface Target {
    /** Whether commands may be written: only after the first answer. */
    boolean isWritable();

    /** Negative when one is due. */
    long nanosToHeartbeat();

    /** Null without probes. */
    @Nullable String probeChannel();

    void write(SubscriberCommand command);

    void disconnect();
  }

  /** A command and its connection, which may end before the command is written. */
  record Addressed(Target target, SubscriberCommand command) {}

  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  private static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

  private final ChannelTable table = new ChannelTable(); // changed under the lock

  @GuardedBy("this")
  private final ChannelWaiters waiters = new ChannelWaiters(table);

  @GuardedBy("this")
  private @Nullable Target current; // null while not connected

  /** Whether the current connection has confirmed all channels that it began with. */
  private volatile boolean complete;

  @GuardedBy("this")
  private boolean heartbeatRequested;

  @GuardedBy("this")
  private boolean roleRequested;

  @GuardedBy("this")
  private boolean resumed;

  @GuardedBy("this")
  private @Nullable Login login; // to be sent; null if none is

  /** Whether UNSUBSCRIBE of the probe's channel was sent on the current connection. */
  @GuardedBy("this")
  private boolean probeLeft;

  private volatile boolean closed;

  // ---- called by the application

  @SuppressWarnings("NullAway") // as above
  CompletionStage<Void> subscribe(Collection<String> channels) {
    List<String> names = List.copyOf(channels);
    if (complete && !closed && names.stream().allMatch(table::isSubscribed)) {
      return DONE; // most calls name channels that all sessions share
    }
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(closedException());
      }
      table.subscribe(names);
      names.forEach(name -> waiters.recheck(name, complete)); // those who wait for its end
      notifyAll();
      return waiters.await(names, true, complete);
    }
  }

  @SuppressWarnings("NullAway") // as above
  CompletionStage<Void> unsubscribe(Collection<String> channels) {
    List<String> names = List.copyOf(channels);
    synchronized (this) {
      table.unsubscribe(names);
      names.forEach(name -> waiters.recheck(name, complete));
      notifyAll();
      return waiters.await(names, false, complete);
    }
  }

  /** Whether messages on this channel are to be received; cheap, from any thread. */
  boolean isWanted(String channel) {
    return table.isWanted(channel);
  }

  // ---- called by the receiving thread

  /** Waits until a channel is wanted, and returns the first one; null once closed. */
  synchronized @Nullable String awaitWanted() {
    while (!closed && table.isEmpty()) {
      Threads.awaitNotify(this, Long.MAX_VALUE);
    }
    return closed ? null : table.firstWanted();
  }

  /** Begins a connection, and returns its first command; null if no channel is wanted. */
  synchronized @Nullable SubscriberCommand begin(Target target) {
    if (!isConnectionWanted()) {
      return null;
    }
    current = target;
    probeLeft = false;
    return table.begin(target.probeChannel());
  }

  /** Redis has answered a SUBSCRIBE, an UNSUBSCRIBE or a heartbeat. */
  synchronized void answered(SubscriberCommand command) {
    if (command.kind() != SubscriberCommand.Kind.HEARTBEAT) {
      table.answered(command);
    }
    if (command.completes()) {
      complete = true;
      waiters.recheckAll();
    } else if (complete || command.kind() == SubscriberCommand.Kind.UNSUBSCRIBE) {
      command.channels().forEach(channel -> waiters.recheck(channel, complete));
    }
    notifyAll(); // there may be room for more
  }

  /** The connection has ended, with all its subscriptions. */
  void end() {
    synchronized (this) {
      current = null;
      complete = false;
      roleRequested = false;
      table.end();
      waiters.recheckAll();
      notifyAll();
    }
    if (closed) {
      completeDue(); // the command thread may have ended
    }
  }

  /** Waits for {@link #resume}, {@link #close}, the time, or until no channel is wanted. */
  void pause(long nanos) {
    long deadline = System.nanoTime() + nanos;
    synchronized (this) {
      for (long left = nanos;
          !closed && !resumed && !table.isEmpty() && left > 0;
          left = deadline - System.nanoTime()) {
        Threads.awaitNotify(this, left);
      }
      resumed = false;
    }
  }

  /** Ends the present or the next pause; from any thread. */
  synchronized void resume() {
    resumed = true;
    notifyAll();
  }

  // ---- called by the command thread

  /** Requests a heartbeat as soon as possible; from any thread. */
  synchronized void requestHeartbeat() {
    heartbeatRequested = true;
    notifyAll();
  }

  /** Asks for the server's role on the receiving connection; from any thread. */
  synchronized void askRole() {
    roleRequested = current != null;
    notifyAll();
  }

  /** Logs in again on the receiving connection, or on the next one; from any thread. */
  synchronized void logIn(Login again) {
    login = again;
    notifyAll();
  }

  /**
   * Waits for the next command, or until a heartbeat is due; null once closed. Completes futures
   * meanwhile.
   */
  @Nullable Addressed awaitCommand() {
    while (true) {
      completeDue();
      synchronized (this) {
        if (closed) {
          return null;
        }
        Target target = current;
        boolean writable = target != null && target.isWritable();
        SubscriberCommand next = target != null && writable ? next(target) : null;
        if (target != null && next != null) {
          return new Addressed(target, next);
        }
        if (!waiters.hasDue()) {
          long left = target != null && writable ? nanosToHeartbeat(target) : Long.MAX_VALUE;
          Threads.awaitNotify(this, left);
        }
      }
    }
  }

  /** Heartbeats come before what may be 100,000 channels. */
  @GuardedBy("this")
  private @Nullable SubscriberCommand next(Target target) {
    Login again = login;
    if (again != null) {
      login = null;
      return SubscriberCommand.login(again);
    }
    if (roleRequested) {
      roleRequested = false;
      return SubscriberCommand.role();
    }
    String heartbeat = complete ? table.heartbeatChannel() : null;
    if (heartbeat != null && (heartbeatRequested || target.nanosToHeartbeat() <= 0)) {
      heartbeatRequested = false;
      return SubscriberCommand.heartbeat(heartbeat, false);
    }
    SubscriberCommand due = table.next();
    String probeChannel = target.probeChannel();
    if (due == null && table.isEmpty() && !probeLeft && probeChannel != null) {
      probeLeft = true; // this channel alone must not keep the connection
      return table.leave(probeChannel);
    }
    return due;
  }

  /** Before the beginning is complete, its answers are the sign of life. */
  @GuardedBy("this")
  private long nanosToHeartbeat(Target target) {
    boolean wanted = complete && table.heartbeatChannel() != null;
    return wanted ? Math.max(1, target.nanosToHeartbeat()) : Long.MAX_VALUE;
  }

  /** Completes the futures that are due. */
  void completeDue() {
    boolean more = true;
    while (more) {
      List<Runnable> due;
      synchronized (this) {
        more = waiters.recheckSome(complete);
        due = waiters.takeDue();
      }
      due.forEach(Runnable::run);
    }
  }

  void close() {
    Target open;
    synchronized (this) {
      closed = true;
      open = current;
      notifyAll();
    }
    if (open != null) {
      open.disconnect();
    }
    completeDue();
    synchronized (this) {
      waiters.failSubscribes(closedException());
    }
    completeDue();
  }

  /** True if no channel is wanted; a connection without channels ends. */
  synchronized boolean isEmpty() {
    return table.isEmpty();
  }

  /** Whether a connection is to be opened. */
  synchronized boolean isConnectionWanted() {
    return !closed && !table.isEmpty();
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("the backplane is closed");
  }
}
