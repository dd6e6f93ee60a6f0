package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.contenders.Contender;
import io.github.redisfanout.benchmarks.contenders.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What was published and what arrived. Thread-safe. */
final class Tally {
  private static final int SENT_FROM = "{\"sent\":".length();

  private final List<AtomicLong> arrived = new ArrayList<>();
  private final LongAdder begun = new LongAdder();
  private final LongAdder published = new LongAdder();
  private final ConcurrentMap<String, LongAdder> failed = new ConcurrentHashMap<>();
  private volatile Histogram latencies = new ConcurrentHistogram(3);
  private volatile boolean timing;

  /** A sink of its own for each session. */
  Sink newSink() {
    AtomicLong count = new AtomicLong();
    arrived.add(count);
    return text -> {
      count.incrementAndGet();
      if (timing) {
        long sent = Long.parseLong(text, SENT_FROM, text.indexOf(',', SENT_FROM), 10);
        latencies.recordValue(Math.max(0, System.nanoTime() - sent));
      }
    };
  }

  Contender.Outcome outcome(Runnable after) {
    begun.increment();
    return (answer, failure) -> {
      if (failure == null) {
        published.increment();
      } else {
        failed.computeIfAbsent(name(failure), key -> new LongAdder()).increment();
      }
      after.run();
    };
  }

  private static String name(Throwable cause) {
    return cause instanceof io.github.redisfanout.PublishException publish
        ? publish.failure().toString()
        : cause.getClass().getSimpleName();
  }

  /** From now on sinks record how long messages took. */
  void startTiming() {
    latencies = new ConcurrentHistogram(3);
    timing = true;
  }

  Histogram stopTiming() {
    timing = false;
    return latencies;
  }

  /** Whether every publish has its outcome. */
  boolean isSettled() {
    return published() + failed() == begun.sum();
  }

  long published() {
    return published.sum();
  }

  long failed() {
    return failed.values().stream().mapToLong(LongAdder::sum).sum();
  }

  String failures() {
    return failed.toString();
  }

  long arrived() {
    long sum = 0;
    for (AtomicLong count : arrived) {
      sum += count.get();
    }
    return sum;
  }
}
