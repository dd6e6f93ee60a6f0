package io.github.redisfanout.micrometer;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.RedisFanout;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Registers meters that read the counts of one node. Micrometer holds only a weak reference to the
 * object that a meter reads. So that object is the node, which the application keeps, and no
 * function of a meter may refer to the node.
 */
record Meters(MeterRegistry registry, Tags tags, RedisFanout node) {
  private static final String PREFIX = "redis.fanout.";

  void publishTimer(String name, String description) {
    FunctionTimer.builder(
            PREFIX + name,
            node,
            n -> n.counters().published(),
            n -> n.counters().publishTime().toNanos(),
            TimeUnit.NANOSECONDS)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  void counter(
      String name, String description, ToDoubleFunction<FanoutCounters> count, String... more) {
    FunctionCounter.builder(PREFIX + name, node, n -> count.applyAsDouble(n.counters()))
        .description(description)
        .tags(tags.and(more))
        .register(registry);
  }

  void seconds(String name, String description, ToDoubleFunction<FanoutCounters> seconds) {
    FunctionCounter.builder(PREFIX + name, node, n -> seconds.applyAsDouble(n.counters()))
        .description(description)
        .baseUnit("seconds")
        .tags(tags)
        .register(registry);
  }

  void gauge(
      String name,
      @Nullable String unit,
      String description,
      ToDoubleFunction<RedisFanout> value,
      String... more) {
    Gauge.builder(PREFIX + name, node, value)
        .description(description)
        .baseUnit(unit)
        .tags(tags.and(more))
        .register(registry);
  }

  void timeGauge(String name, String description, Function<RedisFanout, Duration> time) {
    TimeGauge.builder(PREFIX + name, node, TimeUnit.NANOSECONDS, n -> time.apply(n).toNanos())
        .description(description)
        .tags(tags)
        .register(registry);
  }
}
