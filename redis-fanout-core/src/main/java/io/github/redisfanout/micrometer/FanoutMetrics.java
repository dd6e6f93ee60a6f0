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
    meters.publishTimer(
        "publish", "Messages that Redis took, and the time from publish to its answer");
    publishFailures(meters, "rejected", FanoutCounters::publishRejected);
    publishFailures(meters, "expired", FanoutCounters::publishExpired);
    publishFailures(meters, "unknown", FanoutCounters::publishUnknown);
  }

  private static void publishFailures(
      Meters meters, String outcome, ToDoubleFunction<FanoutCounters> count) {
    meters.counter(
        "publish.failures", "Publishes that failed, by outcome", count, "outcome", outcome);
  }

  private static void bindReceiving(Meters m) {
    m.counter("received", "Messages that came from Redis", FanoutCounters::received);
    m.counter("malformed", "Messages that broke the wire format", FanoutCounters::malformed);
    String refused = "Messages that message authentication refused";
    m.counter("unauthenticated", refused, FanoutCounters::unauthenticated);
    String gaps = "Spans of time in which messages may have been missed";
    m.counter("gaps", gaps, FanoutCounters::gaps);
    String missed = "How long the gaps lasted, overloads apart";
    m.seconds("missed.time", missed, FanoutCounters::missedTime);
    String reconnects = "Times that receiving was established again";
    m.counter("reconnects", reconnects, FanoutCounters::reconnects);
    String lane = "The most that waited in one lane in the last one to two minutes";
    m.gauge("lane.max", BaseUnits.BYTES, lane, n -> n.counters().laneHighWaterBytes());
  }

  private static void bindSessions(Meters m) {
    String queued = "Messages handed to sessions, one for each session";
    m.counter("queued", queued, FanoutCounters::queued);
    m.counter("delivered", "Messages written to clients", FanoutCounters::delivered);
    String dropped = "Messages that did not reach a session, by reason";
    for (DropReason reason : DropReason.values()) {
      m.counter(
          "dropped",
          dropped,
          c -> c.dropped().getOrDefault(reason, 0L),
          "reason",
          lowerCase(reason));
    }
    for (int code : CODES) {
      disconnects(m, String.valueOf(code), c -> c.disconnects().getOrDefault(code, 0L));
    }
    disconnects(m, "other", FanoutMetrics::otherDisconnects);
    m.gauge("sessions", null, "Open sessions", n -> n.counters().sessions());
    m.gauge("users", null, "Users who have a session", n -> n.counters().users());
    String pending = "Messages handed to sessions and not yet delivered or dropped";
    m.gauge("pending", null, pending, n -> n.counters().pending());
    String queue = "The most that waited for one session in the last one to two minutes";
    m.gauge("queue.max", null, queue, n -> n.counters().queueHighWaterMessages());
    String failures = "Exceptions of listener, registry, transport, and other code of yours";
    m.counter("user.code.failures", failures, FanoutCounters::userCodeFailures);
    String events = "Events that the listener was too slow for";
    m.counter("listener.events.dropped", events, FanoutCounters::listenerEventsDropped);
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

  private static void bindHealth(Meters m) {
    String health = "1 for the status that the node has, 0 for the others";
    for (FanoutHealth.Status status : FanoutHealth.Status.values()) {
      m.gauge(
          "health",
          null,
          health,
          n -> n.health().status() == status ? 1 : 0,
          "status",
          lowerCase(status));
    }
    String messages = "Publishes that wait to be sent";
    m.gauge("publish.buffer.messages", null, messages, n -> n.health().bufferedMessages());
    String bytes = "The size of the publishes that wait to be sent";
    m.gauge("publish.buffer.bytes", BaseUnits.BYTES, bytes, n -> n.health().bufferedBytes());
    String roundTrip = "How long the last probe took to come back; 0 while none has";
    m.timeGauge("probe.round.trip", roundTrip, n -> n.health().roundTrip().orElse(Duration.ZERO));
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
