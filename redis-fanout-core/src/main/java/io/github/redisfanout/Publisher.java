package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Warnings;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Signer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes payloads for users: once, to all nodes.
 *
 * <p>Encodes on the caller's thread and never waits for Redis. Messages keep the order of calls
 * made one after the other, except that a message that failed as UNKNOWN may still arrive late.
 * Thread-safe. Needs no closing: close the node or the backplane.
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
  private final UnheardFailures unheard = new UnheardFailures();
  private final Warnings tooLate = new Warnings();
  private volatile boolean stopped;

  /**
   * Stores its parts; the caller starts and closes the backplane.
   *
   * @param callbacks completes the futures, and so runs code that depends on them
   * @throws IllegalArgumentException if {@link MessageAuthentication#tolerance} is not longer than
   *     the backplane's publish timeout
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
    config.authentication().ifPresent(authentication -> authentication.check(backplane));
    signer = config.authentication().map(how -> how.newSigner(config.channel())).orElse(null);
  }

  /**
   * Publishes one payload for these users.
   *
   * <p>A user named twice counts once. An empty collection publishes nothing and succeeds. While
   * Redis is away the message waits, for at most the backplane's {@link Backplane#publishTimeout};
   * a message that may have been written is never sent again. {@code cancel} takes back a message
   * that was not written, which then is in no counter; otherwise it returns false.
   *
   * @param payload anything that the {@link PayloadEncoder} encodes; a String becomes a JSON string
   * @return completed on the callback executor, with a {@link Receipt} once Redis has the message,
   *     or with a {@link PublishException}; perhaps before this method returns
   * @throws IllegalArgumentException if a user id is empty or has an unpaired surrogate, the
   *     payload has no JSON form or is nested too deep, or the message is too large; nothing was
   *     published
   * @throws NullPointerException if the collection or a user id is null
   */
  public CompletableFuture<Receipt> publish(Collection<String> userIds, @Nullable Object payload) {
    return publish(checked(userIds), payloads.json(payload), callbacks, unheard);
  }

  /**
   * Publishes JSON as it is: clients receive this text.
   *
   * @param json exactly one JSON value, perhaps with white space around it
   * @return as {@link #publish}
   * @throws IllegalArgumentException as {@link #publish}, and if the text is anything but one value
   */
  public CompletableFuture<Receipt> publishJson(Collection<String> userIds, String json) {
    return publish(checked(userIds), payloads.checkedJson(json), callbacks, unheard);
  }

  /**
   * Publishes and waits for the outcome.
   *
   * @param max how long to wait; zero or less does not wait
   * @throws PublishException if it failed, or {@code max} has passed: EXPIRED if the message was
   *     not written and never will be, UNKNOWN if it was written and no answer came
   * @throws InterruptedException if interrupted; the message is taken back if not yet written
   * @throws IllegalArgumentException as {@link #publish}
   */
  public Receipt publishAndWait(Collection<String> userIds, @Nullable Object payload, Duration max)
      throws InterruptedException {
    long maxNanos = TimeUnit.NANOSECONDS.convert(requireNonNull(max, "max == null"));
    // Not the callback executor: it may need this thread, which waits here.
    CompletableFuture<Receipt> future =
        publish(checked(userIds), payloads.json(payload), Runnable::run, null);
    try {
      try {
        return future.get(maxNanos, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (!future.cancel(false) && ((PublishFuture) future).hasOutcome()) {
          return future.get(); // another thread completes it at this moment
        }
      }
      if (future.isCancelled()) {
        counters.publishFailed(PublishFailure.EXPIRED);
      }
      throw PublishException.late(
          future.isCancelled() ? PublishFailure.EXPIRED : PublishFailure.UNKNOWN,
          new TimeoutException("no outcome within " + max),
          backplane);
    } catch (InterruptedException e) {
      future.cancel(false);
      throw e;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof PublishException failure
          ? failure
          : new IllegalStateException(e.getCause());
    }
  }

  private CompletableFuture<Receipt> publish(
      List<String> recipients,
      byte[] payload,
      Executor completing,
      @Nullable UnheardFailures reporting) {
    if (recipients.isEmpty()) {
      return CompletableFuture.completedFuture(new Receipt(0, 0));
    }
    byte[] message = codec.encode(recipients, propagation.headers(), payload, signer);
    if (stopped) { // perhaps with the callback executor
      counters.publishedTooLate.increment();
      tooLate.warn("A message was published after the node was closed: it is rejected");
      return CompletableFuture.failedFuture(
          new PublishException(
              PublishFailure.REJECTED, new IllegalStateException("the node is closed")));
    }
    PublishFuture future =
        new PublishFuture(backplane, recipients.size(), completing, counters, reporting);
    backplane.publish(new Outgoing(config.channel(), message), future);
    return future;
  }

  /** A copy of the user ids, each once. */
  private static List<String> checked(Collection<String> userIds) {
    requireNonNull(userIds, "userIds == null");
    List<String> given = new ArrayList<>(userIds);
    given.forEach(Address::checkUserId);
    return given.size() <= FEW && isDistinct(given)
        ? given
        : new ArrayList<>(new LinkedHashSet<>(given));
  }

  // For a few strings, comparing all pairs is quicker than making a set: they keep their hashes.
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
    return new FanoutCounters(counters, backplane.status());
  }

  /** Rejects further publishes; accepted ones are still sent. */
  void stop() {
    stopped = true;
    unheard.logAll();
  }

  @Override
  public String toString() {
    return "Publisher(channel " + config.channel() + ")";
  }
}
