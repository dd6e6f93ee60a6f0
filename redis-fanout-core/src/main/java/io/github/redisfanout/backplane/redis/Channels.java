package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The channels that are wanted, the futures of their confirmations, and the commands still to be
 * written to the current connection. Thread-safe; futures complete outside the lock.
 */
final class Channels {
  /** A connection as far as the commands for it depend on it. */
  interface Target {
    /** Whether commands may be written: not before the first confirmation. */
    boolean isConfirmed();

    /** Negative when one is due. */
    long nanosToHeartbeat(Duration interval);

    /** The channel that the application knows nothing of; null if there is none. */
    @Nullable String probeChannel();

    void write(Command command);

    void disconnect();
  }

  /** SUBSCRIBE or UNSUBSCRIBE of one channel, and the future of its own answer. */
  record Command(
      boolean subscribe, String channel, CompletableFuture<@Nullable Void> confirmation) {}

  /** A command and the connection it is for; by the time it is written that may be gone. */
  record Addressed(Target target, Command command) {}

  @GuardedBy("this")
  private final Map<String, CompletableFuture<@Nullable Void>> wanted = new LinkedHashMap<>();

  // In the order in which they are sent, which is the order in which Redis confirms them.
  @GuardedBy("this")
  private final ArrayDeque<Command> leaving = new ArrayDeque<>();

  @GuardedBy("this")
  private final ArrayDeque<Command> commands = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable Target current; // null while not connected

  @GuardedBy("this")
  private boolean heartbeatRequested;

  /** Whether the current connection has been told to leave the probe's channel. */
  @GuardedBy("this")
  private boolean probeLeft;

  @GuardedBy("this")
  private boolean closed;

  // ---- what the application asks for

  CompletionStage<Void> subscribe(Collection<String> channels) {
    List<CompletableFuture<@Nullable Void>> confirmations = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(closedException());
      }
      for (String channel : Set.copyOf(channels)) {
        CompletableFuture<@Nullable Void> known = wanted.get(channel);
        if (known == null) {
          known = new CompletableFuture<>();
          wanted.put(channel, known);
          enqueue(new Command(true, channel, known));
        }
        confirmations.add(known);
      }
      notifyAll();
    }
    return all(confirmations);
  }

  CompletionStage<Void> unsubscribe(Collection<String> channels) {
    List<CompletableFuture<@Nullable Void>> confirmations = new ArrayList<>();
    List<CompletableFuture<@Nullable Void>> abandoned = new ArrayList<>();
    synchronized (this) {
      for (String channel : Set.copyOf(channels)) {
        CompletableFuture<@Nullable Void> waiting = wanted.remove(channel);
        if (waiting != null) {
          abandoned.add(waiting);
          if (current != null) {
            Command command = new Command(false, channel, new CompletableFuture<>());
            leaving.add(command);
            enqueue(command);
            confirmations.add(command.confirmation());
          }
        }
      }
      notifyAll();
    }
    for (CompletableFuture<@Nullable Void> waiting : abandoned) {
      waiting.completeExceptionally(new IllegalStateException("the channel was unsubscribed"));
    }
    return all(confirmations);
  }

  @GuardedBy("this")
  private void enqueue(Command command) {
    if (current != null) {
      commands.add(command); // else the next connection begins with all that is wanted
    }
  }

  @SuppressWarnings("NullAway") // allOf gives a CompletableFuture<Void>, whose value is null
  private static CompletionStage<Void> all(List<CompletableFuture<@Nullable Void>> futures) {
    return CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]));
  }

  // ---- what happens to the connection; called by the receiving thread

  /** Waits until a channel is wanted, and gives the first one; null once closed. */
  synchronized @Nullable String awaitWanted() {
    while (!closed && wanted.isEmpty()) {
      await(Long.MAX_VALUE);
    }
    return closed ? null : wanted.keySet().iterator().next();
  }

  /** A new connection: what it has to subscribe to; empty once closed. */
  synchronized List<Command> begin(Target target) {
    if (closed) {
      return List.of();
    }
    current = target;
    probeLeft = false;
    return wanted.entrySet().stream()
        .map(entry -> new Command(true, entry.getKey(), entry.getValue()))
        .toList();
  }

  /** These SUBSCRIBEs are confirmed; an earlier one of the same channel says nothing of a later. */
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

  /** The connection has ended, and with it every subscription. */
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

  /** Waits for {@link #close} or the time. */
  void pause(long nanos) {
    long deadline = System.nanoTime() + nanos;
    synchronized (this) {
      for (long left = nanos; !closed && left > 0; left = deadline - System.nanoTime()) {
        await(left);
      }
    }
  }

  // ---- what has to be written; called by the command thread

  /** Has a heartbeat written as soon as possible. */
  synchronized void requestHeartbeat() {
    heartbeatRequested = true;
    notifyAll();
  }

  /** Waits for the next command, or makes a heartbeat of one when it is time; null once closed. */
  synchronized @Nullable Addressed awaitCommand(Duration heartbeatInterval) {
    while (!closed) {
      Target target = current;
      if (target == null || !target.isConfirmed()) {
        await(Long.MAX_VALUE);
        continue;
      }
      Command command = commands.poll();
      if (command != null) {
        return new Addressed(target, command);
      }
      String probeChannel = target.probeChannel();
      if (wanted.isEmpty() && !probeLeft && probeChannel != null) {
        probeLeft = true; // alone it must not keep the connection
        return new Addressed(target, new Command(false, probeChannel, new CompletableFuture<>()));
      }
      long left = target.nanosToHeartbeat(heartbeatInterval);
      if (left > 0 && !heartbeatRequested) {
        await(left);
      } else if (wanted.isEmpty()) {
        await(Long.MAX_VALUE);
      } else {
        heartbeatRequested = false;
        String anyChannel = wanted.keySet().iterator().next();
        return new Addressed(target, new Command(true, anyChannel, new CompletableFuture<>()));
      }
    }
    return null;
  }

  @GuardedBy("this")
  @SuppressWarnings("WaitNotInLoop") // every caller loops
  private void await(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, nanos);
    } catch (InterruptedException e) {
      // Only close ends these threads.
    }
  }

  // ---- the end

  void close() {
    Target open;
    List<CompletableFuture<@Nullable Void>> waiting;
    synchronized (this) {
      closed = true;
      open = current;
      waiting = new ArrayList<>(wanted.values());
      notifyAll();
    }
    if (open != null) {
      open.disconnect();
    }
    for (CompletableFuture<@Nullable Void> future : waiting) {
      future.completeExceptionally(closedException());
    }
  }

  /** True if no channel is wanted; a connection without one ends by itself. */
  synchronized boolean isEmpty() {
    return wanted.isEmpty();
  }

  synchronized boolean isClosed() {
    return closed;
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("the backplane is closed");
  }
}
