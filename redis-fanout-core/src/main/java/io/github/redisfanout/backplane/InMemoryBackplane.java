package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backplane inside one JVM, for your unit tests and single-node development.
 *
 * <p>All backplanes on one {@link Hub} hear each other, each on a thread of its own. A message is
 * rejected when a receiver on the hub is {@value #QUEUE_MESSAGES} messages behind. Thread-safe.
 */
public final class InMemoryBackplane implements Backplane {
  private static final Logger log = LoggerFactory.getLogger(InMemoryBackplane.class);
  private static final int QUEUE_MESSAGES = 10_000;

  /** What connects the backplanes of one JVM. Thread-safe; needs no closing. */
  public static final class Hub {
    private final List<InMemoryBackplane> receivers = new CopyOnWriteArrayList<>();

    // The monitor makes all receivers see one order. Queues are only offered to, never waited for.
    private synchronized long publish(Outgoing message) {
      List<InMemoryBackplane> hearing =
          receivers.stream().filter(r -> r.channels.contains(message.channel())).toList();
      if (hearing.stream().anyMatch(r -> r.queue.remainingCapacity() == 0)) {
        throw new IllegalStateException(
            "a receiver on the hub is behind by " + QUEUE_MESSAGES + " messages");
      }
      Incoming incoming = new Incoming(message.channel(), message.bytes());
      hearing.forEach(r -> r.queue.add(incoming));
      return hearing.size();
    }
  }

  private final Hub hub;
  private final Set<String> channels = ConcurrentHashMap.newKeySet();
  private final LinkedBlockingQueue<Incoming> queue = new LinkedBlockingQueue<>(QUEUE_MESSAGES);
  private volatile State state = State.IDLE;
  private volatile Instant since = Instant.now();
  private volatile @Nullable Receiver receiver; // null when publishing only, or before start
  private volatile @Nullable Thread thread; // null when publishing only, or before start

  /** A backplane alone on its hub. */
  public InMemoryBackplane() {
    this(new Hub());
  }

  /** One of several backplanes that hear each other. */
  public InMemoryBackplane(Hub hub) {
    this.hub = requireNonNull(hub, "hub == null");
  }

  @Override
  public void start(Receiver receiver) {
    requireNonNull(receiver, "receiver == null");
    synchronized (this) {
      start();
      this.receiver = receiver;
      Thread receiving = new Thread(() -> receive(receiver), "redis-fanout-in-memory");
      receiving.setDaemon(true);
      thread = receiving;
      hub.receivers.add(this);
      receiving.start();
    }
    tellStatus(receiver);
  }

  @Override
  public synchronized void start() {
    if (state != State.IDLE) {
      throw new IllegalStateException("start: the backplane was started or closed before");
    }
    moveTo(State.UP);
  }

  private void receive(Receiver receiver) {
    while (state == State.UP) {
      try {
        Incoming message = queue.take();
        if (channels.contains(message.channel())) { // it may have been unsubscribed meanwhile
          receiver.onMessage(message);
        }
      } catch (InterruptedException e) {
        // close() has interrupted us, and the state says so.
      } catch (Throwable e) {
        log.warn("The receiver threw", e);
      }
    }
  }

  @Override
  public void publish(Outgoing message, PublishCallback callback) {
    if (state != State.UP) {
      callback.failed(
          PublishOutcome.REJECTED,
          new IllegalStateException("the backplane is " + status().publishing().reason()));
      return;
    }
    if (!callback.claim()) {
      return;
    }
    long receivers;
    try {
      receivers = hub.publish(message);
    } catch (IllegalStateException e) {
      callback.failed(PublishOutcome.REJECTED, e);
      return;
    }
    callback.published(receivers);
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> subscribe(Collection<String> channels) {
    if (state != State.UP || receiver == null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("subscribe: this backplane does not receive"));
    }
    this.channels.addAll(channels);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> unsubscribe(Collection<String> channels) {
    channels.forEach(this.channels::remove);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public BackplaneStatus status() {
    State now = state;
    String reason = now == State.UP ? "" : now == State.IDLE ? "not started" : "closed";
    Direction publishing = new Direction(now, since, reason);
    Direction receiving =
        receiver == null && now == State.UP
            ? new Direction(State.IDLE, since, "publishing only")
            : publishing;
    return new BackplaneStatus(receiving, publishing, 0, 0, 0, BackplaneStatus.Proof.NOT_WANTED);
  }

  @Override
  public void close(Duration flush) {
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      moveTo(State.CLOSED);
      hub.receivers.remove(this);
    }
    Thread receiving = thread;
    if (receiving != null && receiving != Thread.currentThread()) {
      receiving.interrupt();
    }
    Receiver told = receiver;
    if (told != null) {
      tellStatus(told);
    }
  }

  private void tellStatus(Receiver receiver) {
    try {
      receiver.onStatus(status());
    } catch (Throwable e) {
      log.warn("The receiver threw", e);
    }
  }

  private void moveTo(State next) {
    state = next;
    since = Instant.now();
  }
}
