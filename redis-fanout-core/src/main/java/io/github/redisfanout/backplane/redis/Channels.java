package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.internal.Threads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The wanted channels, the futures of their confirmations, and the commands to write to the current
 * connection. Thread-safe; futures complete without the lock.
 */
final class Channels {
  /** The connection that commands are written to. */
  interface Target {
    /** Whether commands may be written: only after the first confirmation. */
    boolean isConfirmed();

    /** Negative when one is due. */
    long nanosToHeartbeat();

    /** Null without probes. */
    @Nullable String probeChannel();

    void write(Command command);

    void disconnect();
  }

  /** What a command does. */
  enum Kind {
    SUBSCRIBE,
    UNSUBSCRIBE,
    ROLE,
    LOGIN
  }

  /** A command, its channel and login if it has one, and the future of its answer. */
  record Command(
      Kind kind,
      String channel,
      @Nullable Login login,
      CompletableFuture<@Nullable Void> confirmation) {
    static Command subscribe(String channel) {
      return new Command(Kind.SUBSCRIBE, channel, null, new CompletableFuture<>());
    }

    static Command unsubscribe(String channel) {
      return new Command(Kind.UNSUBSCRIBE, channel, null, new CompletableFuture<>());
    }
  }

  /** A command and its connection, which may end before the command is written. */
  record Addressed(Target target, Command command) {}

  @GuardedBy("this")
  private final Map<String, Command> wanted = new LinkedHashMap<>();

  // In the order in which they are sent and confirmed.
  @GuardedBy("this")
  private final ArrayDeque<Command> leaving = new ArrayDeque<>();

  @GuardedBy("this")
  private final ArrayDeque<Command> commands = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable Target current; // null while not connected

  @GuardedBy("this")
  private boolean heartbeatRequested;

  @GuardedBy("this")
  private boolean resumed;

  @GuardedBy("this")
  private @Nullable Login login; // to be sent; null if none is

  /** Whether UNSUBSCRIBE of the probe's channel was sent on the current connection. */
  @GuardedBy("this")
  private boolean probeLeft;

  @GuardedBy("this")
  private boolean closed;

  // ---- called by the application

  CompletionStage<Void> subscribe(Collection<String> channels) {
    List<Command> subscribes = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(closedException());
      }
      for (String channel : Set.copyOf(channels)) {
        Command command = wanted.get(channel);
        if (command == null) {
          command = Command.subscribe(channel);
          wanted.put(channel, command);
          enqueue(command);
        }
        subscribes.add(command);
      }
      notifyAll();
    }
    return confirmationOf(subscribes);
  }

  CompletionStage<Void> unsubscribe(Collection<String> channels) {
    List<Command> unsubscribes = new ArrayList<>();
    List<Command> abandoned = new ArrayList<>();
    synchronized (this) {
      for (String channel : Set.copyOf(channels)) {
        Command subscribe = wanted.remove(channel);
        if (subscribe != null) {
          abandoned.add(subscribe);
          if (current != null) {
            Command command = Command.unsubscribe(channel);
            leaving.add(command);
            enqueue(command);
            unsubscribes.add(command);
          }
        }
      }
      notifyAll();
    }
    fail(abandoned, new IllegalStateException("the channel was unsubscribed"));
    return confirmationOf(unsubscribes);
  }

  @GuardedBy("this")
  private void enqueue(Command command) {
    if (current != null) {
      commands.add(command); // otherwise the next connection begins with all wanted channels
    }
  }

  @SuppressWarnings("NullAway") // allOf gives a CompletableFuture<Void>, whose value is null
  private static CompletionStage<Void> confirmationOf(List<Command> all) {
    return CompletableFuture.allOf(
        all.stream().map(Command::confirmation).toArray(CompletableFuture<?>[]::new));
  }

  private static void fail(List<Command> abandoned, Exception cause) {
    abandoned.forEach(command -> command.confirmation().completeExceptionally(cause));
  }

  // ---- called by the receiving thread

  /** Waits until a channel is wanted, and returns the first one; null once closed. */
  synchronized @Nullable String awaitWanted() {
    while (!closed && wanted.isEmpty()) {
      Threads.awaitNotify(this, Long.MAX_VALUE);
    }
    return closed ? null : wanted.keySet().iterator().next();
  }

  /** Begins a connection, and returns its first commands; none once closed. */
  synchronized List<Command> begin(Target target) {
    if (closed) {
      return List.of();
    }
    current = target;
    probeLeft = false;
    return List.copyOf(wanted.values());
  }

  /** Redis confirmed these SUBSCRIBEs. */
  void confirmed(List<Command> subscribes) {
    synchronized (this) {
      notifyAll(); // after the first confirmation commands may be written
    }
    subscribes.forEach(command -> command.confirmation().complete(null));
  }

  void unsubscribed(String channel) {
    Command gone;
    synchronized (this) {
      gone = leaving.peek();
      if (gone == null || !gone.channel().equals(channel)) {
        return;
      }
      leaving.remove();
    }
    gone.confirmation().complete(null);
  }

  /** The connection has ended, with all its subscriptions. */
  void end() {
    List<Command> gone;
    synchronized (this) {
      current = null;
      commands.clear();
      gone = List.copyOf(leaving);
      leaving.clear();
    }
    gone.forEach(command -> command.confirmation().complete(null));
  }

  /** Waits for {@link #resume}, {@link #close}, the time, or until no channel is wanted. */
  void pause(long nanos) {
    long deadline = System.nanoTime() + nanos;
    synchronized (this) {
      for (long left = nanos;
          !closed && !resumed && !wanted.isEmpty() && left > 0;
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
    enqueue(new Command(Kind.ROLE, "", null, new CompletableFuture<>()));
    notifyAll();
  }

  /** Logs in again on the receiving connection, or on the next one; from any thread. */
  synchronized void logIn(Login again) {
    login = again;
    notifyAll();
  }

  /** Waits for the next command, or until a heartbeat is due; null once closed. */
  synchronized @Nullable Addressed awaitCommand() {
    while (!closed) {
      Target target = current;
      if (target == null || !target.isConfirmed()) {
        Threads.awaitNotify(this, Long.MAX_VALUE);
        continue;
      }
      Login again = login;
      if (again != null) {
        login = null;
        return new Addressed(target, new Command(Kind.LOGIN, "", again, new CompletableFuture<>()));
      }
      Command command = commands.poll();
      if (command != null) {
        return new Addressed(target, command);
      }
      String probeChannel = target.probeChannel();
      if (wanted.isEmpty() && !probeLeft && probeChannel != null) {
        probeLeft = true; // this channel alone must not keep the connection
        return new Addressed(target, Command.unsubscribe(probeChannel));
      }
      long left = target.nanosToHeartbeat();
      if (left > 0 && !heartbeatRequested) {
        Threads.awaitNotify(this, left);
      } else if (wanted.isEmpty()) {
        Threads.awaitNotify(this, Long.MAX_VALUE);
      } else {
        heartbeatRequested = false;
        return new Addressed(target, Command.subscribe(wanted.keySet().iterator().next()));
      }
    }
    return null;
  }

  void close() {
    Target open;
    List<Command> subscribes;
    synchronized (this) {
      closed = true;
      open = current;
      subscribes = List.copyOf(wanted.values());
      notifyAll();
    }
    if (open != null) {
      open.disconnect();
    }
    fail(subscribes, closedException());
  }

  /** True if no channel is wanted; a connection without channels ends. */
  synchronized boolean isEmpty() {
    return wanted.isEmpty();
  }

  /** Whether messages on this channel are to be received; cheap, from any thread. */
  synchronized boolean isWanted(String channel) {
    return wanted.containsKey(channel);
  }

  /** Whether a connection is to be opened. */
  synchronized boolean isConnectionWanted() {
    return !closed && !wanted.isEmpty();
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("the backplane is closed");
  }
}
