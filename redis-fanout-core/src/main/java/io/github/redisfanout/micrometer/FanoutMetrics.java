package io.github.redisfanout.micrometer;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Registers a node's meters: {@code new FanoutMetrics(fanout).bindTo(registry)}.
 *
 * <p>They read {@link RedisFanout#counters} and {@link RedisFanout#health} when they are read; a
 * message costs nothing more. Names, units and meanings: docs/metrics.md. Two nodes on one registry
 * need tags that tell them apart. Immutable; thread-safe. The meters do not keep the node from
 * being collected. They stay registered when it is closed: before a node that takes its place is
 * bound with the same tags, they have to be {@linkplain #removeFrom removed}.
 */
public final class FanoutMetrics implements MeterBinder {
  /** Close codes with a series of their own; applications may use thousands of others. */
  private static final Set<Integer> CODES =
      Stream.of(
              Disconnect.GOING_AWAY,
              Disconnect.TOO_MANY_SESSIONS,
              Disconnect.REPLACED,
              Disconnect.TOO_LONG,
              Disconnect.WRITE_FAILED,
              Disconnect.SLOW_CLIENT)
          .map(Disconnect::code)
          .collect(Collectors.toUnmodifiableSet());

  private final RedisFanout node;
  private final Tags tags;

  /** The meters of a node. */
  public FanoutMetrics(RedisFanout fanout) {
    this(fanout, Tags.empty());
  }

  /** The meters of a node, all with these tags. */
  public FanoutMetrics(RedisFanout fanout, Iterable<Tag> tags) {
    node = requireNonNull(fanout, "fanout == null");
    this.tags = Tags.of(requireNonNull(tags, "tags == null"));
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    requireNonNull(registry, "registry == null");
    Meters meters = new Meters(registry, tags, node);
    bindPublishing(meters);
    bindReceiving(meters);
    bindSessions(meters);
    bindHealth(meters);
  }

  /**
   * Removes the meters that {@link #bindTo} registers, with these tags and whatever a filter of the
   * registry added to them; does nothing where they are not.
   *
   * <p>Of two meters with the same name and tags a registry keeps the first, and would go on to
   * read a node that was closed.
   */
  public void removeFrom(MeterRegistry registry) {
    requireNonNull(registry, "registry == null");
    // One without filters: there the names and tags are ours, whatever the other makes of them.
    MeterRegistry unfiltered = new SimpleMeterRegistry();
    bindTo(unfiltered);
    unfiltered.getMeters().forEach(meter -> registry.removeByPreFilterId(meter.getId()));
  }

  private static void bindPublishing(Meters meters) {
    meters.timer(
        "publish",
        "Messages that Redis took, and the time from publish to its answer",
        FanoutCounters::published,
        FanoutCounters::publishTime);
    String failures = "Publishes that failed, by outcome";
    meters.counter(
        "publish.failures", failures, FanoutCounters::publishRejected, "outcome", "rejected");
    meters.counter(
        "publish.failures", failures, FanoutCounters::publishExpired, "outcome", "expired");
    meters.counter(
        "publish.failures", failures, FanoutCounters::publishUnknown, "outcome", "unknown");
  }

  private static void bindReceiving(Meters meters) {
    meters.counter("received", "Messages that came from Redis", FanoutCounters::received);
    meters.counter("malformed", "Messages that broke the wire format", FanoutCounters::malformed);
    meters.counter(
        "unauthenticated",
        "Messages that message authentication refused",
        FanoutCounters::unauthenticated);
    meters.counter(
        "gaps", "Spans of time in which messages may have been missed", FanoutCounters::gaps);
    meters.seconds(
        "missed.time", "How long the gaps lasted, overloads apart", FanoutCounters::missedTime);
    meters.counter(
        "reconnects", "Times that receiving was established again", FanoutCounters::reconnects);
    meters.bytes(
        "lane.max",
        "The most that waited in one lane in the last one to two minutes",
        FanoutCounters::laneHighWaterBytes);
  }

  private static void bindSessions(Meters meters) {
    meters.counter(
        "queued", "Messages handed to sessions, one for each session", FanoutCounters::queued);
    meters.counter("delivered", "Messages written to clients", FanoutCounters::delivered);
    for (DropReason reason : DropReason.values()) {
      meters.counter(
          "dropped",
          "Messages that did not reach a session, by reason",
          c -> c.dropped().getOrDefault(reason, 0L),
          "reason",
          lowerCase(reason));
    }
    for (int code : CODES) {
      disconnects(meters, String.valueOf(code), c -> c.disconnects().getOrDefault(code, 0L));
    }
    disconnects(meters, "other", FanoutMetrics::otherDisconnects);
    meters.gauge("sessions", "Open sessions", FanoutCounters::sessions);
    meters.gauge("users", "Users who have a session", FanoutCounters::users);
    meters.gauge(
        "pending",
        "Messages handed to sessions and not yet delivered or dropped",
        FanoutCounters::pending);
    meters.gauge(
        "queue.max",
        "The most that waited for one session in the last one to two minutes",
        FanoutCounters::queueHighWaterMessages);
    meters.counter(
        "user.code.failures",
        "Exceptions of listener, registry, transport, and other code of the application",
        FanoutCounters::userCodeFailures);
    meters.counter(
        "listener.events.dropped",
        "Events that the listener was too slow for",
        FanoutCounters::listenerEventsDropped);
  }

  private static void disconnects(
      Meters meters, String code, ToDoubleFunction<FanoutCounters> count) {
    meters.counter(
        "disconnects", "Sessions that this node closed, by close code", count, "code", code);
  }

  private static long otherDisconnects(FanoutCounters counters) {
    return counters.disconnects().entrySet().stream()
        .filter(entry -> !CODES.contains(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static void bindHealth(Meters meters) {
    for (FanoutHealth.Status status : FanoutHealth.Status.values()) {
      meters.ofNode(
          "health",
          "1 for the status that the node has, 0 for the others",
          null,
          f -> f.health().status() == status ? 1 : 0,
          "status",
          lowerCase(status));
    }
    meters.ofNode(
        "publish.buffer.messages",
        "Publishes that wait to be sent",
        null,
        f -> f.health().bufferedMessages());
    meters.ofNode(
        "publish.buffer.bytes",
        "The size of the publishes that wait to be sent",
        BaseUnits.BYTES,
        f -> f.health().bufferedBytes());
    meters.timeOfNode(
        "probe.round.trip",
        "How long the last probe took to come back; 0 while none has",
        f -> f.health().roundTrip().orElse(Duration.ZERO));
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
