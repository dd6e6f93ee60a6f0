package io.github.redisfanout.micrometer;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Registers a node's meters: {@code new FanoutMetrics(fanout).bindTo(registry)}.
 *
 * <p>They read {@link RedisFanout#counters} and {@link RedisFanout#health} when they are read; a
 * message costs nothing more for being measured. Names, units and meanings: docs/metrics.md. Two
 * nodes on one registry need tags that tell them apart. Stateless; thread-safe. The meters stay
 * registered after the node is closed, with their last values.
 */
public final class FanoutMetrics implements MeterBinder {
  private static final String PREFIX = "redis.fanout.";

  /** Close codes with a series of their own; applications may use thousands of others. */
  private static final Set<Integer> CODES =
      Stream.of(
              Disconnect.GOING_AWAY,
              Disconnect.POLICY,
              Disconnect.TOO_LONG,
              Disconnect.WRITE_FAILED,
              Disconnect.SLOW_CLIENT)
          .map(Disconnect::code)
          .collect(Collectors.toUnmodifiableSet());

  private final Supplier<FanoutCounters> counters;
  private final @org.jspecify.annotations.Nullable RedisFanout node; // null: a publisher alone
  private final Tags tags;

  /** The meters of a node. */
  public FanoutMetrics(RedisFanout fanout) {
    this(fanout, Tags.empty());
  }

  /** The meters of a node, all with these tags. */
  public FanoutMetrics(RedisFanout fanout, Iterable<Tag> tags) {
    node = requireNonNull(fanout, "fanout == null");
    counters = fanout::counters;
    this.tags = Tags.of(requireNonNull(tags, "tags == null"));
  }

  /** The meters of a publisher that stands alone: only those about publishing. */
  public FanoutMetrics(Publisher publisher, Iterable<Tag> tags) {
    node = null;
    counters = requireNonNull(publisher, "publisher == null")::counters;
    this.tags = Tags.of(requireNonNull(tags, "tags == null"));
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    requireNonNull(registry, "registry == null");
    bindPublishing(registry);
    if (node != null) {
      bindReceiving(registry);
      bindSessions(registry);
      bindHealth(registry, node);
    }
  }

  private void bindPublishing(MeterRegistry registry) {
    FunctionTimer.builder(
            PREFIX + "publish",
            counters,
            c -> c.get().published(),
            c -> c.get().publishTime().toNanos(),
            TimeUnit.NANOSECONDS)
        .description("Messages that Redis took, and the time from publish to its answer")
        .tags(tags)
        .register(registry);
    publishFailures(registry, "rejected", FanoutCounters::publishRejected);
    publishFailures(registry, "expired", FanoutCounters::publishExpired);
    publishFailures(registry, "unknown", FanoutCounters::publishUnknown);
  }

  private void publishFailures(
      MeterRegistry registry, String outcome, ToDoubleFunction<FanoutCounters> count) {
    counter(
        registry,
        "publish.failures",
        "Publishes that failed, by outcome",
        "messages",
        Tags.of("outcome", outcome),
        count);
  }

  private void bindReceiving(MeterRegistry registry) {
    messages(registry, "received", "Messages that came from Redis", FanoutCounters::received);
    messages(
        registry, "malformed", "Messages that broke the wire format", FanoutCounters::malformed);
    messages(
        registry,
        "unauthenticated",
        "Messages that message authentication refused",
        FanoutCounters::unauthenticated);
    counter(
        registry,
        "gaps",
        "Spans of time in which messages may have been missed",
        "gaps",
        Tags.empty(),
        FanoutCounters::gaps);
    counter(
        registry,
        "deaf",
        "How long the gaps lasted, overloads apart",
        "seconds",
        Tags.empty(),
        c -> seconds(c.deaf()));
    counter(
        registry,
        "reconnects",
        "Times that receiving was established again",
        "connections",
        Tags.empty(),
        FanoutCounters::reconnects);
    gauge(
        registry,
        "lane.max",
        "The most that waited in one lane in the last one to two minutes",
        "bytes",
        FanoutCounters::laneHighWaterBytes);
  }

  private void bindSessions(MeterRegistry registry) {
    messages(
        registry,
        "queued",
        "Messages handed to sessions, one for each session",
        FanoutCounters::queued);
    messages(registry, "delivered", "Messages written to clients", FanoutCounters::delivered);
    for (DropReason reason : DropReason.values()) {
      counter(
          registry,
          "dropped",
          "Messages that did not reach a session, by reason",
          "messages",
          Tags.of("reason", lowerCase(reason)),
          c -> c.dropped().getOrDefault(reason, 0L));
    }
    for (int code : CODES) {
      disconnects(registry, String.valueOf(code), c -> c.disconnects().getOrDefault(code, 0L));
    }
    disconnects(registry, "other", FanoutMetrics::otherDisconnects);
    gauge(registry, "sessions", "Open sessions", "sessions", FanoutCounters::sessions);
    gauge(registry, "users", "Users who have a session", "users", FanoutCounters::users);
    gauge(
        registry,
        "pending",
        "Messages handed to sessions and not yet delivered or dropped",
        "messages",
        FanoutCounters::pending);
    gauge(
        registry,
        "queue.max",
        "The most that waited for one session in the last one to two minutes",
        "messages",
        FanoutCounters::queueHighWaterMessages);
    counter(
        registry,
        "user.code.failures",
        "Exceptions of listener, registry, transport, and other code of the application",
        "exceptions",
        Tags.empty(),
        FanoutCounters::failuresOfUserCode);
    counter(
        registry,
        "listener.events.dropped",
        "Events that the listener was too slow for",
        "events",
        Tags.empty(),
        FanoutCounters::listenerEventsDropped);
  }

  private void disconnects(
      MeterRegistry registry, String code, ToDoubleFunction<FanoutCounters> count) {
    counter(
        registry,
        "disconnects",
        "Sessions that this node closed, by close code",
        "sessions",
        Tags.of("code", code),
        count);
  }

  private static long otherDisconnects(FanoutCounters counters) {
    return counters.disconnects().entrySet().stream()
        .filter(entry -> !CODES.contains(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private void bindHealth(MeterRegistry registry, RedisFanout fanout) {
    for (FanoutHealth.Status status : FanoutHealth.Status.values()) {
      Gauge.builder(PREFIX + "health", fanout, f -> f.health().status() == status ? 1 : 0)
          .description("1 for the status that the node has, 0 for the others")
          .tags(tags.and("status", lowerCase(status)))
          .register(registry);
    }
    TimeGauge.builder(
            PREFIX + "probe.round.trip",
            fanout,
            TimeUnit.NANOSECONDS,
            f -> f.health().roundTrip().map(Duration::toNanos).orElse(0L))
        .description("How long the last probe took to come back; 0 while none has")
        .tags(tags)
        .register(registry);
    Gauge.builder(PREFIX + "publish.buffered", fanout, f -> f.health().bufferedMessages())
        .description("Publishes that wait to be sent")
        .baseUnit("messages")
        .tags(tags)
        .register(registry);
    Gauge.builder(PREFIX + "publish.buffered", fanout, f -> f.health().bufferedBytes())
        .description("The size of the publishes that wait to be sent")
        .baseUnit("bytes")
        .tags(tags)
        .register(registry);
  }

  private void messages(
      MeterRegistry registry, String name, String description, ToDoubleFunction<FanoutCounters> f) {
    counter(registry, name, description, "messages", Tags.empty(), f);
  }

  private void counter(
      MeterRegistry registry,
      String name,
      String description,
      String unit,
      Tags more,
      ToDoubleFunction<FanoutCounters> count) {
    FunctionCounter.builder(PREFIX + name, counters, c -> count.applyAsDouble(c.get()))
        .description(description)
        .baseUnit(unit)
        .tags(tags.and(more))
        .register(registry);
  }

  private void gauge(
      MeterRegistry registry,
      String name,
      String description,
      String unit,
      ToDoubleFunction<FanoutCounters> value) {
    Gauge.builder(PREFIX + name, counters, c -> value.applyAsDouble(c.get()))
        .description(description)
        .baseUnit(unit)
        .tags(tags)
        .register(registry);
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
