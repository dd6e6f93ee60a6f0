package io.github.redisfanout.backplane;

import static io.github.redisfanout.internal.Log.log;
import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A backplane inside one JVM, for your unit tests and single-node development.
 *
 * <p>All backplanes on one {@link Hub} receive from each other, each on its own thread. A message
 * is rejected when a receiver on the hub is {@value #QUEUE_MESSAGES} messages behind. Thread-safe.
 */
public final class InMemoryBackplane implements Backplane {
  private static final int QUEUE_MESSAGES = 10_000;

  /** What connects the backplanes of one JVM. Thread-safe; needs no closing. */
  public static final class Hub {
    private final List<InMemoryBackplane> receivers = new CopyOnWriteArrayList<>();
    private final InMemoryDirectory.Entries nodes;
    private final LongSupplier nanoTime;

    /** When each detour ends. */
    @GuardedBy("this")
    private final Map<String, Long> detours = new HashMap<>();

    private final InMemoryPresence.Entries users;

    /** A hub without backplanes. */
    public Hub() {
      this(System::nanoTime);
    }

    /** {@code nanoTime} tells when an announcement has expired. */
    Hub(LongSupplier nanoTime) {
      nodes = new InMemoryDirectory.Entries(nanoTime);
      this.nanoTime = nanoTime;
      users = new InMemoryPresence.Entries(nanoTime, this::publish);
    }

    private long subscribers(String channel) {
      return receivers.stream().filter(r -> r.channels.contains(channel)).count();
    }

    // The monitor gives all receivers the same order. Adding to a queue never waits.
    private synchronized PublishAnswer publish(Outgoing message) {
      String common = message.channel();
      Recipients recipients = message.recipients();
      long now = nanoTime.getAsLong();
      detours.values().removeIf(end -> now - end >= 0);
      if (message.detour() != null) {
        detours.put(detourOf(message, message.detour()), now + Recipients.DETOUR.toNanos());
      }
      if (recipients == null) {
        return PublishAnswer.ofNodes(hand(common, message.bytes()));
      }
      int routed = subscribed(recipients.routed()).size();
      boolean allRouted = routed == subscribed(common).size();
      Route route = Route.COMMON;
      if (recipients.targeted()) {
        route =
            !allRouted
                ? Route.OTHER_SUBSCRIBERS
                : hasDetour(message, recipients) ? Route.DETOUR : Route.TARGETED;
      }
      long[] subscribers =
          recipients.channels().stream().mapToLong(each -> subscribed(each).size()).toArray();
      if (route == Route.TARGETED) {
        handToEach(recipients, message.bytes());
        return PublishAnswer.of(route, LongStream.of(subscribers).sum(), routed, subscribers);
      }
      long nodes = hand(common, message.bytes());
      return allRouted && !recipients.targeted()
          ? PublishAnswer.of(route, nodes, routed, subscribers)
          : PublishAnswer.of(route, nodes, routed);
    }

    @GuardedBy("this")
    private boolean hasDetour(Outgoing message, Recipients recipients) {
      for (String channel : recipients.channels()) {
        if (detours.containsKey(detourOf(message, channel))) {
          return true;
        }
      }
      return false;
    }

    private static String detourOf(Outgoing message, String channel) {
      return message.channel() + ' ' + channel;
    }

    private List<InMemoryBackplane> subscribed(String channel) {
      return receivers.stream().filter(r -> r.channels.contains(channel)).toList();
    }

    // All or none: a message may go to one receiver several times.
    private void handToEach(Recipients recipients, byte[] bytes) {
      List<String> channels = recipients.channels();
      for (InMemoryBackplane receiver : receivers) {
        long messages = channels.stream().filter(receiver.channels::contains).count();
        checkRoom(receiver, messages);
      }
      for (int i = 0; i < channels.size(); i++) {
        hand(channels.get(i), recipients.copies() == null ? bytes : recipients.copies().get(i));
      }
    }

    private long hand(String channel, byte[] bytes) {
      List<InMemoryBackplane> subscribed = subscribed(channel);
      subscribed.forEach(receiver -> checkRoom(receiver, 1));
      Incoming incoming = new Incoming(channel, bytes);
      subscribed.forEach(receiver -> receiver.queue.add(incoming));
      return subscribed.size();
    }

    private static void checkRoom(InMemoryBackplane receiver, long messages) {
      if (receiver.queue.remainingCapacity() < messages) {
        throw new IllegalStateException(
            "a receiver on the hub is behind by " + QUEUE_MESSAGES + " messages");
      }
    }
  }

  private final Hub hub;
  private final Set<String> channels = ConcurrentHashMap.newKeySet();
  private final LinkedBlockingQueue<Incoming> queue = new LinkedBlockingQueue<>(QUEUE_MESSAGES);
  private volatile Direction publishing =
      new Direction(ConnectionState.IDLE, Instant.now(), "not started");
  private volatile BackplaneListener listener = status -> {};
  private volatile @Nullable Receiver receiver; // null when publishing only, or before start
  private volatile @Nullable Thread thread; // null when publishing only, or before start

  /** A backplane alone on its hub. */
  public InMemoryBackplane() {
    this(new Hub());
  }

  /** One of several backplanes that receive from each other. */
  public InMemoryBackplane(Hub hub) {
    this.hub = requireNonNull(hub, "hub == null");
  }

  @Override
  public void start(Receiver receiver) {
    requireNonNull(receiver, "receiver == null");
    synchronized (this) {
      checkNotStarted();
      listener = receiver;
      moveTo(ConnectionState.UP, "");
      this.receiver = receiver;
      Thread receiving = Threads.daemons("in-memory").newThread(() -> receive(receiver));
      thread = receiving;
      hub.receivers.add(this);
      receiving.start();
    }
    reportStatus();
  }

  @Override
  public void startPublishing(BackplaneListener listener) {
    requireNonNull(listener, "listener == null");
    synchronized (this) {
      checkNotStarted();
      this.listener = listener;
      moveTo(ConnectionState.UP, "");
    }
    reportStatus();
  }

  @GuardedBy("this")
  private void checkNotStarted() {
    if (publishing.state() != ConnectionState.IDLE) {
      throw new IllegalStateException(
          "start: the backplane was started or closed before; a Subscriber starts it by itself");
    }
  }

  private void receive(Receiver receiver) {
    while (isUp()) {
      try {
        Incoming message = queue.take();
        if (channels.contains(message.channel())) { // it may have been unsubscribed
          receiver.onMessages(List.of(message));
        }
      } catch (InterruptedException e) {
        // By close().
      } catch (Throwable e) {
        log.warn("The receiver threw", e);
      }
    }
  }

  @Override
  public void publish(Outgoing message, PublishCallback callback) {
    if (!isUp()) {
      callback.failed(
          PublishFailure.REJECTED,
          new IllegalStateException(
              publishing.state() == ConnectionState.IDLE
                  ? "the backplane is not started; start the node, the Subscriber or the backplane"
                      + " first"
                  : "the backplane is " + publishing.reason()));
    } else if (callback.claim()) {
      PublishAnswer answer;
      try {
        answer = hub.publish(message);
      } catch (IllegalStateException e) {
        callback.failed(PublishFailure.REJECTED, e);
        return;
      }
      callback.published(answer);
    }
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> subscribe(Collection<String> channels) {
    if (!isUp() || receiver == null) {
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
  public Optional<Directory> directory() {
    return Optional.of(new InMemoryDirectory(hub.nodes, hub::subscribers, this::isUp));
  }

  @Override
  public Optional<PresenceTable> presence() {
    return Optional.of(new InMemoryPresence(hub.users, this::isUp));
  }

  @Override
  public BackplaneStatus status() {
    Direction now = publishing;
    boolean publishesOnly = receiver == null && now.state() == ConnectionState.UP;
    Direction idle = new Direction(ConnectionState.IDLE, now.since(), "publishing only");
    return BackplaneStatus.builder(publishesOnly ? idle : now, now).build();
  }

  @Override
  public void close(Duration flush) {
    synchronized (this) {
      if (publishing.state() == ConnectionState.CLOSED) {
        return;
      }
      moveTo(ConnectionState.CLOSED, "closed");
      hub.receivers.remove(this);
    }
    Thread receiving = thread;
    if (receiving != null && receiving != Thread.currentThread()) {
      receiving.interrupt();
    }
    reportStatus();
    if (receiving != null && !Threads.isOurs()) {
      Threads.join(receiving, Duration.ofSeconds(1));
    }
  }

  private void reportStatus() {
    try {
      listener.onStatus(status());
    } catch (Throwable e) {
      log.warn("The receiver threw", e);
    }
  }

  private boolean isUp() {
    return publishing.state() == ConnectionState.UP;
  }

  private void moveTo(ConnectionState state, String reason) {
    publishing = new Direction(state, Instant.now(), reason);
  }
}
