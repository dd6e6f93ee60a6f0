package io.github.redisfanout.micrometer;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.CommonReason;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.BackplaneEvent;
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
 * <p>A meter reads {@link RedisFanout#counters} or {@link RedisFanout#health} only when it is read.
 * Names, units and meanings: docs/metrics.md. Two nodes on one registry need different tags. The
 * meters stay registered when the node is closed: {@linkplain #removeFrom remove} them before you
 * bind another node with the same tags. Does not prevent collection of the node. Thread-safe.
 */
public final class FanoutMetrics implements MeterBinder {
  /** Close codes with their own series; applications may use thousands of others. */
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
   * Removes the meters that {@link #bindTo} registers with these tags, whatever a filter of the
   * registry made of them.
   *
   * <p>Otherwise the registry would keep them, and ignore those of the next node.
   */
  public void removeFrom(MeterRegistry registry) {
    requireNonNull(registry, "registry == null");
    // Has no filters, so the names and tags are the original ones.
    MeterRegistry unfiltered = new SimpleMeterRegistry();
    bindTo(unfiltered);
    unfiltered.getMeters().forEach(meter -> registry.removeByPreFilterId(meter.getId()));
  }

  private static void bindPublishing(Meters m) {
    m.publishTimer("publish", "Messages that Redis took, and the time from publish to its answer");
    publishFailures(m, "rejected", FanoutCounters::publishRejected);
    publishFailures(m, "expired", FanoutCounters::publishExpired);
    publishFailures(m, "unknown", FanoutCounters::publishUnknown);
    String targeted = "Messages that went out on the channels of their recipients";
    m.counter("publish.targeted", targeted, FanoutCounters::targeted);
    for (CommonReason reason : CommonReason.values()) {
      m.counter(
          "publish.common",
          "Messages that took the common channel although routing is adaptive, by reason",
          c -> c.common().getOrDefault(reason, 0L),
          "reason",
          lowerCase(reason));
    }
  }

  private static void publishFailures(
      Meters m, String outcome, ToDoubleFunction<FanoutCounters> n) {
    m.counter("publish.failures", "Publishes that failed, by outcome", n, "outcome", outcome);
  }

  private static void bindReceiving(Meters m) {
    m.counter("received", "Messages that came from Redis", FanoutCounters::received);
    m.counter("malformed", "Messages that broke the wire format", FanoutCounters::malformed);
    String refused = "Messages that message authentication refused";
    m.counter("unauthenticated", refused, FanoutCounters::unauthenticated);
    String nobody = "Messages that name nobody";
    m.counter("addressed.to.nobody", nobody, FanoutCounters::addressedToNobody);
    String noIds = "Elements of target_user_ids and to that are no id";
    m.counter("undeliverable.ids", noIds, FanoutCounters::undeliverableIds);
    String unknown = "Messages for an audience that this version does not understand";
    m.counter("undeliverable.messages", unknown, FanoutCounters::undeliverableMessages);
    String taken = "Messages that disconnect sessions or change their groups";
    m.counter("control.taken", taken, FanoutCounters::controlTaken);
    m.counter("control.refused", "Those that were refused", FanoutCounters::controlRefused);
    m.counter("gaps", "Times in which messages may have been missed", FanoutCounters::gaps);
    String missed = "Length of the gaps, without overloads";
    m.seconds("missed.time", missed, c -> c.missedTime().toMillis() / 1e3);
    m.counter("reconnects", "Times receiving was re-established", FanoutCounters::reconnects);
    for (BackplaneEvent.Kind kind : BackplaneEvent.Kind.values()) {
      m.counter(
          "backplane.events",
          "Failovers and other events of the server, by kind",
          c -> c.backplaneEvents().getOrDefault(kind, 0L),
          "kind",
          lowerCase(kind));
    }
    String lane = "The most that waited in one lane in the last one to two minutes";
    m.gauge("lane.max", BaseUnits.BYTES, lane, n -> n.counters().laneHighWaterBytes());
  }

  private static void bindSessions(Meters m) {
    m.counter("queued", "Messages for sessions, once for each", FanoutCounters::queued);
    m.counter("delivered", "Messages written to clients", FanoutCounters::delivered);
    for (DropReason reason : DropReason.values()) {
      m.counter(
          "dropped",
          "Messages that did not reach a session, by reason",
          c -> c.dropped().getOrDefault(reason, 0L),
          "reason",
          lowerCase(reason));
    }
    for (int code : CODES) {
      disconnects(m, String.valueOf(code), c -> c.disconnects().getOrDefault(code, 0L));
    }
    disconnects(m, "other", FanoutMetrics::otherDisconnects);
    for (HandshakeRefusal reason : HandshakeRefusal.values()) {
      m.counter(
          "handshakes.refused",
          "Clients refused before they had a session, by reason",
          c -> c.handshakesRefused().getOrDefault(reason, 0L),
          "reason",
          lowerCase(reason));
    }
    m.counter("joins", "Times that a session joined a group", FanoutCounters::joins);
    m.gauge("sessions", null, "Open sessions", n -> n.counters().sessions());
    String closing = "Connections still held although their session has ended";
    m.gauge("closing", null, closing, n -> n.counters().closing());
    m.gauge("users", null, "Users who have a session", n -> n.counters().users());
    m.gauge("pending", null, "Messages waiting in lanes and sessions", n -> n.counters().pending());
    String queue = "The most that waited for one session in the last one to two minutes";
    m.gauge("queue.max", null, queue, n -> n.counters().queueHighWaterMessages());
    String blocked = "Calls of a transport that blocked a lane for a second";
    m.counter(
        "presence.failures",
        "Writes of presence that failed and are repeated",
        FanoutCounters::presenceFailures);
    m.counter("blocked.writes", blocked, FanoutCounters::blockedWrites);
    String failures = "Exceptions of listener, registry, transport, and other user code";
    m.counter("user.code.failures", failures, FanoutCounters::userCodeFailures);
    String events = "Events that the listener was too slow for";
    m.counter("listener.events.dropped", events, FanoutCounters::listenerEventsDropped);
  }

  private static void disconnects(Meters m, String code, ToDoubleFunction<FanoutCounters> n) {
    m.counter("disconnects", "Sessions that this node closed, by close code", n, "code", code);
  }

  private static long otherDisconnects(FanoutCounters counters) {
    return counters.disconnects().entrySet().stream()
        .filter(entry -> !CODES.contains(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static void bindHealth(Meters m) {
    for (FanoutHealth.Status status : FanoutHealth.Status.values()) {
      m.gauge(
          "health",
          null,
          "1 for the status of the node, 0 for the others",
          n -> n.health().status() == status ? 1 : 0,
          "status",
          lowerCase(status));
    }
    String messages = "Publishes that wait to be sent";
    m.gauge("publish.buffer.messages", null, messages, n -> n.health().bufferedMessages());
    String bytes = "The size of the publishes that wait to be sent";
    m.gauge("publish.buffer.bytes", BaseUnits.BYTES, bytes, n -> n.health().bufferedBytes());
    String roundTrip = "The round trip of the last probe; 0 before the first one";
    m.timeGauge("probe.round.trip", roundTrip, n -> n.health().roundTrip().orElse(Duration.ZERO));
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
