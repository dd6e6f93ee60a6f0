package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.Figures;
import org.HdrHistogram.Histogram;

/**
 * What one contender did in one round.
 *
 * @param published messages that Redis took
 * @param failed publishes that the contender reported as failed
 * @param delivered what reached sinks
 * @param expected what should have
 * @param dropped deliveries that the contender itself says it dropped
 * @param gaps spans in which, as it says, messages may have been lost
 * @param nanos from the first publish to the last delivery
 * @param cpu processor time used meanwhile
 * @param latency from publish to sink at a moderate rate
 */
record Result(
    long published,
    long failed,
    long delivered,
    long expected,
    long dropped,
    long gaps,
    long nanos,
    Cpu cpu,
    Latency latency) {

  /** Percentiles in microseconds. */
  record Latency(double p50, double p99, double p999) {
    static final Latency NONE = new Latency(0, 0, 0);

    static Latency of(Histogram nanos) {
      return new Latency(
          nanos.getValueAtPercentile(50) / 1e3,
          nanos.getValueAtPercentile(99) / 1e3,
          nanos.getValueAtPercentile(99.9) / 1e3);
    }
  }

  Result with(Histogram latencyNanos) {
    return new Result(
        published,
        failed,
        delivered,
        expected,
        dropped,
        gaps,
        nanos,
        cpu,
        Latency.of(latencyNanos));
  }

  double deliveriesPerSecond() {
    return delivered * 1e9 / nanos;
  }

  double publishesPerSecond() {
    return published * 1e9 / nanos;
  }

  double cpuMicrosPerDelivery() {
    return cpu.jvm() / 1e3 / delivered;
  }

  double redisMicrosPerDelivery() {
    return cpu.redis() / 1e3 / delivered;
  }

  long lost() {
    return expected - delivered;
  }

  // ---- from one JVM to another

  Figures figures() {
    Figures figures = new Figures();
    figures.put("published", published);
    figures.put("failed", failed);
    figures.put("delivered", delivered);
    figures.put("expected", expected);
    figures.put("dropped", dropped);
    figures.put("gaps", gaps);
    figures.put("nanos", nanos);
    figures.put("cpu_jvm", cpu.jvm());
    figures.put("cpu_redis", cpu.redis());
    figures.put("p50", latency.p50());
    figures.put("p99", latency.p99());
    figures.put("p999", latency.p999());
    return figures;
  }

  static Result of(Figures figures) {
    return new Result(
        (long) figures.value("published"),
        (long) figures.value("failed"),
        (long) figures.value("delivered"),
        (long) figures.value("expected"),
        (long) figures.value("dropped"),
        (long) figures.value("gaps"),
        (long) figures.value("nanos"),
        new Cpu((long) figures.value("cpu_jvm"), (long) figures.value("cpu_redis")),
        new Latency(figures.value("p50"), figures.value("p99"), figures.value("p999")));
  }
}
