package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.BackplaneListener;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PresenceTable;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.internal.CloseOnce;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A backplane on the plain pub/sub of one Redis, which may be replicated.
 *
 * <p>It owns one connection for publishing and one for receiving, both to the master, which
 * reconnect after growing pauses with jitter until it is closed; the first call of the {@link
 * #directory} opens one more. Delivers at most once. Thread-safe.
 */
public final class RedisBackplane implements Backplane {
  private final RedisEndpoint endpoint;
  private final RedisConfig config;
  private final RedisLink link;
  private final StatusReports reports = new StatusReports(this::status);
  private final AtomicBoolean started = new AtomicBoolean();
  private final CloseOnce closing = new CloseOnce();
  private volatile boolean receives;
  private volatile BackplaneListener listener = status -> {};

  /** Stores its parts; opens nothing before {@link #start}. */
  public RedisBackplane(RedisEndpoint endpoint, RedisConfig config) {
    this.endpoint = requireNonNull(endpoint, "endpoint == null");
    this.config = requireNonNull(config, "config == null");
    link = new RedisLink(endpoint, config, this::reportStatus, this::reportEvent);
  }

  @Override
  public void start(Receiver receiver) {
    requireNonNull(receiver, "receiver == null");
    checkNotStarted();
    listener = receiver;
    receives = true;
    link.start(receiver);
  }

  @Override
  public void startPublishing(BackplaneListener listener) {
    requireNonNull(listener, "listener == null");
    checkNotStarted();
    this.listener = listener;
    link.startPublishing();
  }

  private void checkNotStarted() {
    if (closing.hasBegun() || !started.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "start: the backplane was started or closed before; a Subscriber starts it by itself");
    }
  }

  private void reportStatus() {
    reports.report(status -> ReceiveLoop.guarded(() -> listener.onStatus(status)));
  }

  private void reportEvent(BackplaneEvent event) {
    ReceiveLoop.guarded(() -> listener.onEvent(event));
  }

  @Override
  public void publish(Outgoing message, PublishCallback callback) {
    link.buffer.put(message, callback);
  }

  @Override
  public void withdraw(PublishCallback callback) {
    link.buffer.withdraw(callback);
  }

  @Override
  public Duration publishTimeout() {
    return config.publishTimeout();
  }

  @Override
  public CompletionStage<Void> subscribe(Collection<String> channels) {
    if (!receives) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("subscribe: this backplane does not receive"));
    }
    return link.channels.subscribe(channels);
  }

  @Override
  public CompletionStage<Void> unsubscribe(Collection<String> channels) {
    return link.channels.unsubscribe(channels);
  }

  /** Keys that expire; the Redis user needs more rights for it, see the page on security. */
  @Override
  public Optional<Directory> directory() {
    return Optional.of(link.directory);
  }

  /** Hashes that scripts change; the Redis user needs more rights, see the page on security. */
  @Override
  public Optional<PresenceTable> presence() {
    return Optional.of(link.presence);
  }

  @Override
  public BackplaneStatus status() {
    return link.status();
  }

  @Override
  public void close(Duration flush) {
    closing.close(flush, link::close);
  }

  /** The address of Redis, without credentials. */
  @Override
  public String toString() {
    return "RedisBackplane(" + endpoint + ")";
  }
}
