package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneListener;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A backplane that does what the test says, on the test's thread. */
final class FakeBackplane implements Backplane {
  final List<Outgoing> published = new CopyOnWriteArrayList<>();
  final List<PublishCallback> callbacks = new CopyOnWriteArrayList<>();
  final List<PublishCallback> withdrawn = new CopyOnWriteArrayList<>();
  final List<String> subscribed = new CopyOnWriteArrayList<>();
  final List<String> unsubscribed = new CopyOnWriteArrayList<>();
  final List<List<String>> subscribeCalls = new CopyOnWriteArrayList<>();
  final List<CompletableFuture<Void>> confirmations = new CopyOnWriteArrayList<>(); // of calls
  final List<List<String>> unsubscribeCalls = new CopyOnWriteArrayList<>();
  volatile @Nullable Receiver receiver; // null before start
  volatile Consumer<PublishCallback> onPublish = callback -> {};
  volatile boolean refusingToStart;
  volatile boolean refusingToWithdraw;
  volatile boolean closed;

  /** Subscribed channels; what is not done is not confirmed. */
  @GuardedBy("wanted")
  private final Map<String, CompletableFuture<@Nullable Void>> wanted = new LinkedHashMap<>();

  @GuardedBy("wanted")
  private boolean confirming = true;

  private volatile Direction receiving = direction(ConnectionState.IDLE, "not started");

  static Direction direction(ConnectionState state, String reason) {
    return new Direction(state, Instant.now(), reason);
  }

  Publisher publisher(java.util.concurrent.Executor callbackExecutor) {
    return new Publisher(
        this, new JacksonPayloadEncoder(), FanoutConfig.of("chat"), callbackExecutor);
  }

  @SuppressWarnings("NullAway") // started by then
  void receivingIs(ConnectionState state, String reason) {
    receiving = direction(state, reason);
    receiver.onStatus(status());
  }

  @SuppressWarnings("NullAway") // started by then
  void receive(String message) {
    receiver.onMessages(List.of(new Incoming("chat", message.getBytes(StandardCharsets.UTF_8))));
  }

  @Override
  public void publish(Outgoing message, PublishCallback callback) {
    published.add(message);
    callbacks.add(callback);
    onPublish.accept(callback);
  }

  @Override
  public void withdraw(PublishCallback callback) {
    if (refusingToWithdraw) {
      throw new IllegalStateException("by the test");
    }
    withdrawn.add(callback);
  }

  @Override
  public void start(Receiver receiver) {
    if (refusingToStart) {
      throw new IllegalStateException("start: it was started before");
    }
    this.receiver = receiver;
  }

  @Override
  public void startPublishing(BackplaneListener listener) {}

  /** As if the connection was lost: nothing is confirmed until {@link #confirm}. */
  void disconnect() {
    synchronized (wanted) {
      confirming = false;
      wanted.replaceAll((channel, before) -> before.isDone() ? new CompletableFuture<>() : before);
    }
  }

  /** Confirms what is subscribed and will be. */
  void confirm() {
    List<CompletableFuture<@Nullable Void>> waiting;
    synchronized (wanted) {
      confirming = true;
      waiting = List.copyOf(wanted.values());
    }
    waiting.forEach(each -> each.complete(null));
  }

  /** Confirms one channel. */
  void confirm(String channel) {
    CompletableFuture<@Nullable Void> waiting;
    synchronized (wanted) {
      waiting = requireNonNull(wanted.get(channel));
    }
    waiting.complete(null);
  }

  /** The channels that are subscribed now. */
  Set<String> wanted() {
    synchronized (wanted) {
      return Set.copyOf(wanted.keySet());
    }
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> subscribe(Collection<String> channels) {
    subscribed.addAll(channels);
    subscribeCalls.add(List.copyOf(channels));
    synchronized (wanted) {
      CompletableFuture<Void> all =
          CompletableFuture.allOf(
              channels.stream()
                  .map(channel -> wanted.computeIfAbsent(channel, c -> newConfirmation()))
                  .toArray(CompletableFuture<?>[]::new));
      confirmations.add(all);
      return all;
    }
  }

  @GuardedBy("wanted")
  private CompletableFuture<@Nullable Void> newConfirmation() {
    return confirming ? CompletableFuture.completedFuture(null) : new CompletableFuture<>();
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> unsubscribe(Collection<String> channels) {
    unsubscribed.addAll(channels);
    unsubscribeCalls.add(List.copyOf(channels));
    List<CompletableFuture<@Nullable Void>> gone = new ArrayList<>();
    synchronized (wanted) {
      for (String channel : channels) {
        CompletableFuture<@Nullable Void> confirmation = wanted.remove(channel);
        if (confirmation != null) {
          gone.add(confirmation);
        }
      }
    }
    // On the caller's thread, as Redis' backplane does.
    gone.forEach(
        each -> each.completeExceptionally(new IllegalStateException("it was unsubscribed")));
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public BackplaneStatus status() {
    return BackplaneStatus.builder(receiving, direction(ConnectionState.UP, "")).build();
  }

  @Override
  public void close(Duration flush) {
    closed = true;
  }
}
