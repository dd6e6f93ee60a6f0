package io.github.redisfanout.micrometer;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.RedisFanout;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Registers meters that read the counts of one node.
 *
 * <p>Micrometer holds the object that a meter reads by a weak reference. So that object is the node
 * itself, which the application keeps, and no function that a meter keeps may hold the node.
 */
record Meters(MeterRegistry registry, Tags tags, RedisFanout node) {
  private static final String PREFIX = "redis.fanout.";

  void timer(
      String name,
      String description,
      Function<FanoutCounters, Long> count,
      Function<FanoutCounters, Duration> total) {
    FunctionTimer.builder(
            PREFIX + name,
            node,
            n -> count.apply(n.counters()),
            n -> total.apply(n.counters()).toNanos(),
            TimeUnit.NANOSECONDS)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  void counter(
      String name, String description, ToDoubleFunction<FanoutCounters> count, String... more) {
    FunctionCounter.builder(PREFIX + name, node, of(count))
        .description(description)
        .tags(tags.and(more))
        .register(registry);
  }

  void seconds(String name, String description, Function<FanoutCounters, Duration> time) {
    FunctionCounter.builder(PREFIX + name, node, of(c -> time.apply(c).toMillis() / 1e3))
        .description(description)
        .baseUnit("seconds")
        .tags(tags)
        .register(registry);
  }

  void gauge(String name, String description, ToDoubleFunction<FanoutCounters> value) {
    ofNode(name, description, null, of(value));
  }

  void bytes(String name, String description, ToDoubleFunction<FanoutCounters> value) {
    ofNode(name, description, BaseUnits.BYTES, of(value));
  }

  void ofNode(
      String name,
      String description,
      @Nullable String unit,
      ToDoubleFunction<RedisFanout> value,
      String... more) {
    Gauge.builder(PREFIX + name, node, value)
        .description(description)
        .baseUnit(unit)
        .tags(tags.and(more))
        .register(registry);
  }

  void timeOfNode(String name, String description, Function<RedisFanout, Duration> time) {
    TimeGauge.builder(PREFIX + name, node, TimeUnit.NANOSECONDS, n -> time.apply(n).toNanos())
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static ToDoubleFunction<RedisFanout> of(ToDoubleFunction<FanoutCounters> value) {
    return node -> value.applyAsDouble(node.counters());
  }
}
