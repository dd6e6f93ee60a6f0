package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes payloads for users: once, to all nodes.
 *
 * <p>Encodes on the caller's thread, hands over and returns at once; never waits for Redis. Order
 * is promised between publishes of which one returned before the other was called; only a message
 * with the outcome UNKNOWN may still arrive, late, from a connection that was given up.
 * Thread-safe.
 */
public final class Publisher implements AutoCloseable {
  private static final int FEW = 16;

  private final Backplane backplane;
  private final FanoutConfig config;
  private final PayloadWriter payloads;
  private final EnvelopeCodec codec;
  private final Propagation propagation;
  private final @Nullable Signer signer; // null: nothing is signed
  private final Executor callbacks;
  private final Counters counters;
  private final Runnable onClose;
  private volatile boolean closed;

  /**
   * Stores its parts. The backplane is started and closed by whoever built it.
   *
   * @param callbacks completes the futures; code that depends on a future runs there
   */
  public Publisher(
      Backplane backplane, PayloadEncoder encoder, FanoutConfig config, Executor callbacks) {
    this(backplane, encoder, config, callbacks, new Counters(), () -> {});
  }

  Publisher(
      Backplane backplane,
      PayloadEncoder encoder,
      FanoutConfig config,
      Executor callbacks,
      Counters counters,
      Runnable onClose) {
    this.backplane = requireNonNull(backplane, "backplane == null");
    this.config = requireNonNull(config, "config == null");
    this.callbacks = requireNonNull(callbacks, "callbacks == null");
    this.counters = counters;
    this.onClose = onClose;
    codec = new EnvelopeCodec(config);
    propagation = new Propagation(config.contextPropagator().orElse(null), counters);
    signer = Signer.of(config);
    payloads = new PayloadWriter(requireNonNull(encoder, "encoder == null"), codec);
  }

  /**
   * Publishes one payload for these users.
   *
   * <p>A user named twice counts once. An empty collection publishes nothing and succeeds. The
   * message waits while Redis is away, see {@link
   * io.github.redisfanout.backplane.BackplaneConfig.Builder#publishTimeout}; what may have been
   * written is never sent again. {@code cancel} takes a message back as long as it was not written,
   * and returns false afterwards; what was taken back is in no counter.
   *
   * @param payload anything that the {@link PayloadEncoder} encodes; a String becomes a JSON string
   * @return completed on the callback executor with a {@link Receipt} once Redis has the message,
   *     or with a {@link PublishException}; not on the thread that talks to Redis, unless the
   *     executor runs work on its caller. What is rejected at once ends there too, or has ended
   *     before this returns
   * @throws IllegalArgumentException if a user id is empty or has an unpaired surrogate, the
   *     payload has no JSON form or is nested too deep, or the message is too large; nothing was
   *     published
   * @throws NullPointerException if the collection or a user id is null
   */
  public CompletableFuture<Receipt> publish(Collection<String> userIds, @Nullable Object payload) {
    List<String> recipients = checked(userIds);
    return publish(recipients, payloads.json(payload), callbacks);
  }

  /**
   * Publishes JSON as it is: what clients receive is this text.
   *
   * @param json exactly one JSON value; white space around it is allowed and not part of it
   * @return as {@link #publish}
   * @throws IllegalArgumentException as {@link #publish}, and if the text is anything but one value
   */
  public CompletableFuture<Receipt> publishJson(Collection<String> userIds, String json) {
    List<String> recipients = checked(userIds);
    byte[] payload = Utf8.encode(requireNonNull(json, "json == null"));
    codec.checkPayload(payload);
    return publish(recipients, payload, callbacks);
  }

  /**
   * Publishes and waits for the outcome.
   *
   * @param max how long to wait; zero or less does not wait
   * @throws PublishException if it failed, or if {@code max} has passed: EXPIRED if the message was
   *     not written and now never will be, UNKNOWN if it was and no answer has come
   * @throws InterruptedException if interrupted; the message is taken back if not yet written
   * @throws IllegalArgumentException as {@link #publish}
   */
  public Receipt publishAndWait(Collection<String> userIds, @Nullable Object payload, Duration max)
      throws InterruptedException {
    long maxNanos = TimeUnit.NANOSECONDS.convert(requireNonNull(max, "max == null"));
    List<String> recipients = checked(userIds);
    // Nobody else has this future, so it needs no callback executor, which could be this thread's.
    CompletableFuture<Receipt> future = publish(recipients, payloads.json(payload), Runnable::run);
    try {
      return future.get(maxNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      boolean takenBack = future.cancel(false);
      if (takenBack) {
        counters.publishFailed(PublishOutcome.EXPIRED);
      }
      throw new PublishException(
          takenBack ? PublishOutcome.EXPIRED : PublishOutcome.UNKNOWN,
          new TimeoutException("no outcome within " + max));
    } catch (InterruptedException e) {
      future.cancel(false);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PublishException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (CancellationException e) {
      throw new IllegalStateException(e);
    }
  }

  private CompletableFuture<Receipt> publish(
      List<String> recipients, byte[] payload, Executor completing) {
    if (recipients.isEmpty()) {
      return CompletableFuture.completedFuture(new Receipt(0, 0));
    }
    byte[] message = codec.encode(recipients, propagation.headers(), payload, signer);
    if (closed) { // and perhaps the callback executor with it
      counters.publishFailed(PublishOutcome.REJECTED);
      counters.publishedTooLate.increment();
      return CompletableFuture.failedFuture(
          new PublishException(
              PublishOutcome.REJECTED, new IllegalStateException("the publisher is closed")));
    }
    PublishFuture future = new PublishFuture(backplane, recipients.size(), completing, counters);
    backplane.publish(new Outgoing(config.channel(), message), future);
    return future;
  }

  /** The user ids, each once, as they are now: the caller may change the collection later. */
  private static List<String> checked(Collection<String> userIds) {
    requireNonNull(userIds, "userIds == null");
    List<String> given = new ArrayList<>(userIds);
    given.forEach(Address::checkUserId);
    return given.size() <= FEW && isDistinct(given)
        ? given
        : new ArrayList<>(new LinkedHashSet<>(given));
  }

  // Of a few strings, which keep their hashes, all pairs are compared sooner than a set is made.
  private static boolean isDistinct(List<String> few) {
    for (int i = 1; i < few.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (few.get(i).hashCode() == few.get(j).hashCode() && few.get(i).equals(few.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  /** All counts; a node's publisher and subscriber share them. */
  public FanoutCounters counters() {
    return counters.snapshot(backplane.status().reconnects());
  }

  /**
   * Rejects further publishes; what was accepted is still sent. Idempotent; never throws.
   *
   * <p>A publisher that stands alone, see {@link RedisFanout#publisher(String, FanoutConfig)},
   * sends what waits for at most the close timeout and closes its connection. Do not close the
   * publisher of a node: the node does.
   */
  @Override
  public void close() {
    closed = true;
    onClose.run();
  }
}
