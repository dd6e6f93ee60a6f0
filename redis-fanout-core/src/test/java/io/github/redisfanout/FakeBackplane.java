package io.github.redisfanout;

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
import java.util.Collection;
import java.util.List;
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
  final CompletableFuture<Void> confirmation = new CompletableFuture<>();
  volatile @Nullable Receiver receiver; // null before start
  volatile Consumer<PublishCallback> onPublish = callback -> {};
  volatile boolean refusingToStart;
  volatile boolean refusingToWithdraw;
  volatile boolean closed;
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

  @Override
  public CompletionStage<Void> subscribe(Collection<String> channels) {
    subscribed.addAll(channels);
    return confirmation;
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> unsubscribe(Collection<String> channels) {
    unsubscribed.addAll(channels);
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
