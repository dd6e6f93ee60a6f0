package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Signer;
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
 * that failed as UNKNOWN may still arrive, late, from a connection that was given up. Thread-safe;
 * needs no closing: the node, or the backplane that it was built with, is closed.
 */
public final class Publisher {
  private static final int FEW = 16;

  private final Backplane backplane;
  private final FanoutConfig config;
  private final PayloadWriter payloads;
  private final EnvelopeCodec codec;
  private final Propagation propagation;
  private final @Nullable Signer signer; // null: nothing is signed
  private final Executor callbacks;
  private final Counters counters;
  private volatile boolean stopped;

  /**
   * Stores its parts; the caller starts and closes the backplane.
   *
   * @param callbacks completes the futures; code that depends on a future runs there
   * @throws IllegalArgumentException if a message may wait on this backplane for longer than the
   *     tolerance of {@link FanoutConfig#authentication}
   */
  public Publisher(
      Backplane backplane, PayloadEncoder encoder, FanoutConfig config, Executor callbacks) {
    this(backplane, encoder, config, callbacks, new Counters());
  }

  Publisher(
      Backplane backplane,
      PayloadEncoder encoder,
      FanoutConfig config,
      Executor callbacks,
      Counters counters) {
    this.backplane = requireNonNull(backplane, "backplane == null");
    this.config = requireNonNull(config, "config == null");
    this.callbacks = requireNonNull(callbacks, "callbacks == null");
    this.counters = counters;
    codec = new EnvelopeCodec(config.maxMessageBytes(), config.contextPropagator().isPresent());
    payloads = new PayloadWriter(requireNonNull(encoder, "encoder == null"), codec);
    propagation = new Propagation(config.contextPropagator().orElse(null), counters);
    MessageAuthentication authentication = config.authentication().orElse(null);
    if (authentication == null) {
      signer = null;
    } else {
      authentication.check(backplane);
      signer = authentication.newSigner(config.channel());
    }
  }

  /**
   * Publishes one payload for these users.
   *
   * <p>A user named twice counts once. An empty collection publishes nothing and succeeds. The
   * message waits while Redis is away, for at most the backplane's {@link Backplane#publishTimeout
   * publish timeout}; what may have been written is never sent again. {@code cancel} takes a
   * message back as long as it was not written, and returns false afterwards; what was taken back
   * is in no counter.
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
   * Publishes JSON as it is: clients receive this text.
   *
   * @param json exactly one JSON value; white space around it is allowed and not part of it
   * @return as {@link #publish}
   * @throws IllegalArgumentException as {@link #publish}, and if the text is anything but one value
   */
  public CompletableFuture<Receipt> publishJson(Collection<String> userIds, String json) {
    List<String> recipients = checked(userIds);
    return publish(recipients, payloads.checkedJson(json), callbacks);
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
    // This future is not handed out, so it needs no callback executor, which could be this
    // thread's.
    CompletableFuture<Receipt> future = publish(recipients, payloads.json(payload), Runnable::run);
    try {
      return future.get(maxNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      boolean takenBack = future.cancel(false);
      if (takenBack) {
        counters.publishFailed(PublishFailure.EXPIRED);
      }
      throw new PublishException(
          takenBack ? PublishFailure.EXPIRED : PublishFailure.UNKNOWN,
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
    if (stopped) { // and perhaps the callback executor with it
      counters.publishFailed(PublishFailure.REJECTED);
      counters.publishedTooLate.increment();
      return CompletableFuture.failedFuture(
          new PublishException(
              PublishFailure.REJECTED, new IllegalStateException("the node is closed")));
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

  // For a few strings, which keep their hashes, comparing all pairs is quicker than making a set.
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

  /** All counts; a node's publisher has the counts of the node. */
  public FanoutCounters counters() {
    return new FanoutCounters(counters, backplane.status().reconnects());
  }

  /** Rejects further publishes; what was accepted is still sent. For the node, when it closes. */
  void stop() {
    stopped = true;
  }

  @Override
  public String toString() {
    return "Publisher(channel " + config.channel() + ")";
  }
}
