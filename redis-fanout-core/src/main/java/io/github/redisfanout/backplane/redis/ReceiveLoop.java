package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Receiver;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving thread and its helper: subscribes, reads, and reconnects for ever.
 *
 * <p>The receiving thread owns the connection and reads it. The command thread writes to it:
 * heartbeats, which are SUBSCRIBEs of a channel already subscribed, and changes of the channels.
 * One writer, because Jedis corrupts the stream when two threads write.
 */
final class ReceiveLoop {
  private static final Logger log = LoggerFactory.getLogger(RedisBackplane.class);

  private final RedisEndpoint endpoint;
  private final BackplaneConfig config;
  private final Receiver receiver;
  private final DirectionState state;
  private final Clock clock;
  private final AtomicLong reconnects = new AtomicLong();

  // Guards the commands of the current subscription, too.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Map<String, CompletableFuture<@Nullable Void>> wanted = new LinkedHashMap<>();

  @GuardedBy("lock")
  private final Map<String, CompletableFuture<@Nullable Void>> leaving = new LinkedHashMap<>();

  @GuardedBy("lock")
  private @Nullable Subscription current; // null while not connected

  @GuardedBy("lock")
  private boolean closed;

  // Confined to the receiving thread.
  private @Nullable Instant heardUntil; // null before the first subscription

  ReceiveLoop(
      RedisEndpoint endpoint,
      BackplaneConfig config,
      Receiver receiver,
      DirectionState state,
      Clock clock) {
    this.endpoint = endpoint;
    this.config = config;
    this.receiver = receiver;
    this.state = state;
    this.clock = clock;
  }

  long reconnects() {
    return reconnects.get();
  }

  // ---- channels

  CompletionStage<Void> subscribe(Collection<String> channels) {
    List<CompletableFuture<@Nullable Void>> confirmations = new ArrayList<>();
    lock.lock();
    try {
      if (closed) {
        return CompletableFuture.failedFuture(closedException());
      }
      for (String channel : Set.copyOf(channels)) {
        CompletableFuture<@Nullable Void> known = wanted.get(channel);
        if (known == null) {
          known = new CompletableFuture<>();
          wanted.put(channel, known);
          enqueue(true, channel);
        }
        confirmations.add(known);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return all(confirmations);
  }

  CompletionStage<Void> unsubscribe(Collection<String> channels) {
    List<CompletableFuture<@Nullable Void>> confirmations = new ArrayList<>();
    List<CompletableFuture<@Nullable Void>> abandoned = new ArrayList<>();
    lock.lock();
    try {
      for (String channel : Set.copyOf(channels)) {
        CompletableFuture<@Nullable Void> waiting = wanted.remove(channel);
        if (waiting != null) {
          abandoned.add(waiting);
          if (current != null) {
            confirmations.add(leaving.computeIfAbsent(channel, c -> new CompletableFuture<>()));
            enqueue(false, channel);
          }
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (CompletableFuture<@Nullable Void> waiting : abandoned) {
      waiting.completeExceptionally(new IllegalStateException("the channel was unsubscribed"));
    }
    return all(confirmations);
  }

  @GuardedBy("lock")
  private void enqueue(boolean subscribe, String channel) {
    if (current != null) {
      current.commands.add(new Subscription.Command(subscribe, channel));
    }
  }

  @SuppressWarnings("NullAway") // allOf gives a CompletableFuture<Void>, whose value is null
  private static CompletionStage<Void> all(List<CompletableFuture<@Nullable Void>> futures) {
    return CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]));
  }

  // ---- the receiving thread

  void receive() {
    Backoff backoff = new Backoff(config.minBackoff(), config.maxBackoff());
    state.moveTo(State.CONNECTING, "connecting");
    while (awaitChannels()) {
      String reason;
      try {
        reason = receiveUntilLost(backoff);
      } catch (RuntimeException | Error e) {
        reason = Failures.inWords(e);
      }
      if (!isClosed()) {
        state.moveTo(State.DOWN, reason);
        pause(backoff.nextNanos());
      }
    }
    state.moveTo(State.CLOSED, "closed");
  }

  private String receiveUntilLost(Backoff backoff) {
    Subscription subscription =
        new Subscription(
            endpoint.connect("redis-fanout-receive", config.readTimeout()), this, clock);
    try {
      List<String> channels = begin(subscription);
      if (channels.isEmpty()) {
        return "no channels";
      }
      subscription.receive(channels);
      return "the subscription ended";
    } catch (RuntimeException e) {
      // After a failed write we disconnect, and reading then only says "Socket is closed".
      RuntimeException writing = subscription.writeFailure();
      return Failures.inWords(writing == null ? e : writing);
    } finally {
      if (subscription.isConfirmed()) {
        backoff.reset();
        heardUntil = subscription.heardUntil();
      }
      end(subscription);
    }
  }

  private List<String> begin(Subscription subscription) {
    lock.lock();
    try {
      if (closed) {
        return List.of();
      }
      current = subscription;
      return List.copyOf(wanted.keySet());
    } finally {
      lock.unlock();
    }
  }

  private void end(Subscription subscription) {
    subscription.disconnect();
    List<CompletableFuture<@Nullable Void>> gone;
    lock.lock();
    try {
      current = null;
      gone = new ArrayList<>(leaving.values());
      leaving.clear();
    } finally {
      lock.unlock();
    }
    gone.forEach(future -> future.complete(null));
  }

  /** Every channel of a new connection is confirmed: hearing again. */
  void onSubscribed(Set<String> channels, Instant sentAt) {
    if (heardUntil != null) {
      reconnects.incrementAndGet();
      Gap gap = new Gap(Set.of(), heardUntil, clock.instant(), Gap.Cause.CONNECTION_LOST);
      guarded(() -> receiver.onGap(gap));
    }
    heardUntil = sentAt;
    state.moveTo(State.UP, "");
    confirm(channels);
    signal(); // The command thread may write from now on.
  }

  void onConfirmed(String channel) {
    confirm(Set.of(channel));
  }

  private void confirm(Set<String> channels) {
    List<CompletableFuture<@Nullable Void>> confirmed = new ArrayList<>();
    lock.lock();
    try {
      for (String channel : channels) {
        CompletableFuture<@Nullable Void> future = wanted.get(channel);
        if (future != null) {
          confirmed.add(future);
        }
      }
    } finally {
      lock.unlock();
    }
    confirmed.forEach(future -> future.complete(null));
  }

  void onUnsubscribed(String channel) {
    CompletableFuture<@Nullable Void> gone;
    lock.lock();
    try {
      gone = leaving.remove(channel);
    } finally {
      lock.unlock();
    }
    if (gone != null) {
      gone.complete(null);
    }
  }

  Receiver receiver() {
    return receiver;
  }

  static void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      log.warn("The receiver threw", e);
    }
  }

  private boolean awaitChannels() {
    lock.lock();
    try {
      while (!closed && wanted.isEmpty()) {
        changed.awaitUninterruptibly();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void pause(long nanos) {
    long deadline = System.nanoTime() + nanos;
    lock.lock();
    try {
      for (long left = nanos; !closed && left > 0; left = deadline - System.nanoTime()) {
        await(left);
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  @SuppressWarnings("WaitNotInLoop") // every caller loops
  private void await(long nanos) {
    try {
      changed.awaitNanos(nanos);
    } catch (InterruptedException e) {
      // Nobody but us ends our threads, and we do it by close.
    }
  }

  // ---- the command thread

  void writeCommands() {
    while (true) {
      Subscription target;
      Subscription.Command command;
      lock.lock();
      try {
        if (closed) {
          return;
        }
        target = current;
        if (target == null || !target.isConfirmed()) {
          changed.awaitUninterruptibly();
          continue;
        }
        command = target.commands.poll();
        if (command == null) {
          long left = target.nanosToHeartbeat(config.heartbeatInterval());
          if (left > 0) {
            await(left);
            continue;
          }
          if (wanted.isEmpty()) {
            changed.awaitUninterruptibly();
            continue;
          }
          command = new Subscription.Command(true, wanted.keySet().iterator().next());
        }
      } finally {
        lock.unlock();
      }
      target.write(command);
    }
  }

  // ---- the end

  void close() {
    Subscription open;
    Set<CompletableFuture<@Nullable Void>> waiting;
    lock.lock();
    try {
      closed = true;
      open = current;
      waiting = new HashSet<>(wanted.values());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (open != null) {
      open.disconnect();
    }
    for (CompletableFuture<@Nullable Void> future : waiting) {
      future.completeExceptionally(closedException());
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("the backplane is closed");
  }
}
