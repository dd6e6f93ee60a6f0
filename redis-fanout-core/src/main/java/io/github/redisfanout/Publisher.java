package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Checks;
import io.github.redisfanout.internal.Warnings;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Signer;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes payloads, and what is asked of sessions: once, to all nodes.
 *
 * <p>Encodes on the caller's thread and never waits for Redis. Messages keep the order of calls
 * made one after the other, except that a message that failed as UNKNOWN may still arrive late.
 * Thread-safe. Needs no closing: close the node or the backplane.
 */
public final class Publisher {
  private final Backplane backplane;
  private final FanoutConfig config;
  private final PayloadWriter payloads;
  private final EnvelopeCodec codec;
  private final Propagation propagation;
  private final @Nullable Signer signer; // null: nothing is signed
  private final @Nullable Router router; // null: all messages go out on the common channel
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
    router =
        config.routing() == Routing.ADAPTIVE
            ? new Router(config.channel(), signer, counters, System::nanoTime)
            : null;
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
   * @param options what this publish asks for beyond the usual
   * @return completed on the callback executor, with a {@link Receipt} once Redis has the message,
   *     or with a {@link PublishException}; perhaps before this method returns
   * @throws IllegalArgumentException if a user id is empty or has an unpaired surrogate, the
   *     payload has no JSON form or is nested too deep, the message is too large, or {@link
   *     PublishOption#KNOW_OFFLINE} is asked for more than 10,000 users; nothing was published
   * @throws IllegalStateException if {@link PublishOption#KNOW_OFFLINE} is asked for without {@link
   *     Routing#ADAPTIVE}; nothing was published
   * @throws NullPointerException if the collection or a user id is null
   */
  public CompletableFuture<Receipt> publish(
      Collection<String> userIds, @Nullable Object payload, PublishOption... options) {
    return publish(users(userIds), payloads.json(payload), options, callbacks, unheard);
  }

  /**
   * Publishes one payload for this audience: each of its sessions gets it once, whatever matches.
   *
   * <p>An audience that names nobody publishes nothing and succeeds. Nodes of a version before
   * audiences deliver to its users only, and nothing at all if somebody is excepted.
   *
   * @return as {@link #publish(Collection, Object, PublishOption...)}
   * @throws IllegalArgumentException if the payload has no JSON form or is nested too deep, the
   *     message is too large, or {@link PublishOption#KNOW_OFFLINE} is asked for and the audience
   *     names no user, or more than 10,000; nothing was published
   * @throws IllegalStateException as {@link #publish(Collection, Object, PublishOption...)}
   */
  public CompletableFuture<Receipt> publish(
      Audience audience, @Nullable Object payload, PublishOption... options) {
    return publish(target(audience), payloads.json(payload), options, callbacks, unheard);
  }

  /**
   * Publishes JSON as it is: clients receive this text.
   *
   * @param json exactly one JSON value, perhaps with white space around it
   * @return as {@link #publish(Collection, Object, PublishOption...)}
   * @throws IllegalArgumentException as {@link #publish(Collection, Object, PublishOption...)}, and
   *     if the text is anything but one value
   */
  public CompletableFuture<Receipt> publishJson(
      Collection<String> userIds, String json, PublishOption... options) {
    return publish(users(userIds), payloads.checkedJson(json), options, callbacks, unheard);
  }

  /** As {@link #publishJson(Collection, String, PublishOption...)}, for this audience. */
  public CompletableFuture<Receipt> publishJson(
      Audience audience, String json, PublishOption... options) {
    return publish(target(audience), payloads.checkedJson(json), options, callbacks, unheard);
  }

  /**
   * Publishes and waits for the outcome.
   *
   * @param max how long to wait; zero or less does not wait
   * @throws PublishException if it failed, or {@code max} has passed: EXPIRED if the message was
   *     not written and never will be, UNKNOWN if it was written and no answer came
   * @throws InterruptedException if interrupted; the message is taken back if not yet written
   * @throws IllegalArgumentException as {@link #publish(Collection, Object, PublishOption...)}
   */
  public Receipt publishAndWait(
      Collection<String> userIds, @Nullable Object payload, Duration max, PublishOption... options)
      throws InterruptedException {
    return publishAndWait(users(userIds), payload, max, options);
  }

  /**
   * As {@link #publishAndWait(Collection, Object, Duration, PublishOption...)}, for an audience.
   */
  public Receipt publishAndWait(
      Audience audience, @Nullable Object payload, Duration max, PublishOption... options)
      throws InterruptedException {
    return publishAndWait(target(audience), payload, max, options);
  }

  private Receipt publishAndWait(
      Target target, @Nullable Object payload, Duration max, PublishOption[] options)
      throws InterruptedException {
    long maxNanos = TimeUnit.NANOSECONDS.convert(requireNonNull(max, "max == null"));
    // Not the callback executor: it may need this thread, which waits here.
    CompletableFuture<Receipt> future =
        publish(target, payloads.json(payload), options, Runnable::run, null);
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

  /**
   * Closes the sessions of this audience on all nodes; those that open later stay open.
   *
   * <p>In order with what this publisher publishes. What waits in the queue of a slow client is
   * dropped, as with {@link FanoutSession#disconnect}. Nodes with message authentication take it
   * only if this publisher signs; nodes that do not {@linkplain FanoutConfig.Builder#acceptControl
   * accept control}, and versions that do not know it, ignore it.
   *
   * @return as {@link #publish(Collection, Object, PublishOption...)}; {@link Receipt#nodes} says
   *     how many nodes received it
   * @throws IllegalArgumentException if the reason has an unpaired surrogate, or the message is too
   *     large
   */
  public CompletableFuture<Receipt> disconnect(Audience audience, Disconnect why) {
    requireNonNull(why, "why == null");
    Checks.noUnpairedSurrogate("reason", why.reason());
    return publishControl(target(audience), new Control.Disconnect(why.code(), why.reason()));
  }

  /**
   * Adds the sessions of this audience to a group, on all nodes; sessions that open later are not
   * in it.
   *
   * <p>Counts for everything that this publisher publishes next, and for what others publish after
   * the future has completed; where nodes have {@link Routing#ADAPTIVE}, only if this publisher has
   * it, too. Who takes it: as with {@link #disconnect}.
   *
   * @param group not empty, without unpaired surrogates
   * @return as {@link #disconnect}
   * @throws IllegalArgumentException if the group's name breaks a rule, or the message is too large
   */
  public CompletableFuture<Receipt> join(Audience audience, String group) {
    Address.checkGroup(group);
    return publishControl(target(audience), new Control.Join(group));
  }

  /** Removes the sessions of this audience from a group, on all nodes; as {@link #join}. */
  public CompletableFuture<Receipt> leave(Audience audience, String group) {
    Address.checkGroup(group);
    return publishControl(target(audience), new Control.Leave(group));
  }

  CompletableFuture<Receipt> publishControl(Target target, Control control) {
    if (target.isNobody()) {
      return nothingPublished();
    }
    Outgoing message = common(codec.encode(target, control, signer));
    if (router != null && control instanceof Control.Join join) {
      // The nodes subscribe the group's channel only after they have read this.
      message = router.withDetour(join.group(), message);
    }
    return publish(target.named(), commonWay(), message, callbacks, unheard);
  }

  /** Publishes to all nodes. What depends on the future runs on the backplane's thread. */
  CompletableFuture<Receipt> publishToNodes(Control control) {
    Outgoing message = common(codec.encode(Target.EVERYONE, control, signer));
    return publish(0, commonWay(), message, Runnable::run, null);
  }

  private Outgoing common(byte[] message) {
    return new Outgoing(config.channel(), message);
  }

  private Router.@Nullable Way commonWay() {
    return router == null ? null : router.commonWay();
  }

  private CompletableFuture<Receipt> publish(
      Target target,
      byte[] payload,
      PublishOption[] options,
      Executor completing,
      @Nullable UnheardFailures reporting) {
    boolean knowOffline = knowOffline(target, options);
    if (target.isNobody()) {
      return nothingPublished();
    }
    byte[] message = codec.encode(target, propagation.headers(), payload, signer);
    if (router == null) {
      return publish(target.named(), null, common(message), completing, reporting);
    }
    Router.Way way = router.way(target, message.length, knowOffline);
    return publish(target.named(), way, way.outgoing(message), completing, reporting);
  }

  private boolean knowOffline(Target target, PublishOption[] options) {
    if (!List.of(options).contains(PublishOption.KNOW_OFFLINE)) {
      return false;
    }
    if (router == null) {
      throw new IllegalStateException("KNOW_OFFLINE needs Routing.ADAPTIVE: FanoutConfig.routing");
    }
    if (target.users().isEmpty() && !target.isNobody()) {
      throw new IllegalArgumentException("KNOW_OFFLINE needs an audience that names users");
    }
    if (target.users().size() > PublishOption.MAX_KNOW_OFFLINE) {
      throw new IllegalArgumentException(
          "KNOW_OFFLINE asks about at most %s users: %s"
              .formatted(PublishOption.MAX_KNOW_OFFLINE, target.users().size()));
    }
    return true;
  }

  private static CompletableFuture<Receipt> nothingPublished() {
    return CompletableFuture.completedFuture(new Receipt(0, 0));
  }

  private CompletableFuture<Receipt> publish(
      int recipients,
      Router.@Nullable Way way,
      Outgoing message,
      Executor completing,
      @Nullable UnheardFailures reporting) {
    if (stopped) { // perhaps with the callback executor
      counters.publishedTooLate.increment();
      tooLate.warn("A message was published after the node was closed: it is rejected");
      return CompletableFuture.failedFuture(
          new PublishException(
              PublishFailure.REJECTED, new IllegalStateException("the node is closed")));
    }
    PublishFuture future =
        new PublishFuture(backplane, recipients, way, completing, counters, reporting);
    backplane.publish(message, future);
    return future;
  }

  private static Target users(Collection<String> userIds) {
    return Target.users(Audience.distinct("userId", userIds));
  }

  private static Target target(Audience audience) {
    return requireNonNull(audience, "audience == null").target();
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
