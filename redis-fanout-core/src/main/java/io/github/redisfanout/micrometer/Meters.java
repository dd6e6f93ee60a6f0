package io.github.redisfanout.micrometer;

import io.github.redisfanout.FanoutCounters;
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
 * Registers meters that read the counts of one node or publisher, their owner.
 *
 * <p>Micrometer holds what a meter reads by a weak reference. So that is the owner itself, which
 * the application keeps, and nothing of ours that nobody else would hold; and no function that a
 * meter keeps may hold the owner.
 */
record Meters<T>(MeterRegistry registry, Tags tags, T owner, Function<T, FanoutCounters> counters) {
  private static final String PREFIX = "redis.fanout.";

  void timer(
      String name,
      String description,
      Function<FanoutCounters, Long> count,
      Function<FanoutCounters, Duration> total) {
    Function<T, FanoutCounters> read = counters; // a lambda that uses the field would hold us
    FunctionTimer.builder(
            PREFIX + name,
            owner,
            o -> count.apply(read.apply(o)),
            o -> total.apply(read.apply(o)).toNanos(),
            TimeUnit.NANOSECONDS)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  void counter(
      String name, String description, ToDoubleFunction<FanoutCounters> count, String... more) {
    FunctionCounter.builder(PREFIX + name, owner, of(count))
        .description(description)
        .tags(tags.and(more))
        .register(registry);
  }

  void seconds(String name, String description, Function<FanoutCounters, Duration> time) {
    FunctionCounter.builder(PREFIX + name, owner, of(c -> time.apply(c).toMillis() / 1e3))
        .description(description)
        .baseUnit("seconds")
        .tags(tags)
        .register(registry);
  }

  void gauge(String name, String description, ToDoubleFunction<FanoutCounters> value) {
    ofOwner(name, description, null, of(value));
  }

  void bytes(String name, String description, ToDoubleFunction<FanoutCounters> value) {
    ofOwner(name, description, BaseUnits.BYTES, of(value));
  }

  void ofOwner(
      String name,
      String description,
      @Nullable String unit,
      ToDoubleFunction<T> value,
      String... more) {
    Gauge.builder(PREFIX + name, owner, value)
        .description(description)
        .baseUnit(unit)
        .tags(tags.and(more))
        .register(registry);
  }

  void timeOfOwner(String name, String description, Function<T, Duration> time) {
    TimeGauge.builder(PREFIX + name, owner, TimeUnit.NANOSECONDS, o -> time.apply(o).toNanos())
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private ToDoubleFunction<T> of(ToDoubleFunction<FanoutCounters> value) {
    Function<T, FanoutCounters> read = counters; // a lambda that uses the field would hold us
    return o -> value.applyAsDouble(read.apply(o));
  }
}
