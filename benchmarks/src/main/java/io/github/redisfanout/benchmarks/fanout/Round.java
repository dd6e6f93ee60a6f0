package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.Waits;
import io.github.redisfanout.benchmarks.contenders.CeilingContender;
import io.github.redisfanout.benchmarks.contenders.Contender;
import io.github.redisfanout.benchmarks.contenders.Scene;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** One contender, in a fresh start: first latency at a moderate rate, then as fast as it goes. */
final class Round {
  private static final long NO_PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Workload workload;
  private final int redisPort;
  private final List<List<String>> recipientLists;

  Round(Workload workload, int redisPort) {
    this.workload = workload;
    this.redisPort = redisPort;
    recipientLists = workload.recipientLists();
  }

  /**
   * Runs one contender.
   *
   * @param rate messages a second while latency is measured
   * @param seconds how long it is; 0 is not at all
   * @param warmUpSeconds how long it does the same before, twice over, because the compiler
   *     recompiles when a full load ends for the first time
   */
  Result run(Contender.Factory factory, int rate, int seconds, int warmUpSeconds) throws Exception {
    Tally tally = new Tally();
    Scene scene = workload.scene(redisPort, tally::newSink);
    try (Contender contender = factory.start(scene)) {
      if (contender instanceof CeilingContender ceiling) {
        ceiling(ceiling, workload.lasting(Math.max(1, warmUpSeconds / 2)));
        return ceiling(ceiling, workload);
      }
      for (int i = 0; i < 2 && warmUpSeconds > 0; i++) {
        flatOut(contender, tally, workload.lasting(Math.max(1, warmUpSeconds / 2)));
        pace(contender, tally, rate, 1);
      }
      System.gc();
      Result result = flatOut(contender, tally, workload);
      return seconds == 0 ? result : result.with(pace(contender, tally, rate, seconds));
    }
  }

  /** Latency only, at each of these rates in turn. */
  List<Histogram> latencies(Contender.Factory factory, List<Integer> rates, int seconds)
      throws Exception {
    System.gc();
    Tally tally = new Tally();
    List<Histogram> latencies = new ArrayList<>();
    try (Contender contender = factory.start(workload.scene(redisPort, tally::newSink))) {
      for (int rate : rates) {
        latencies.add(pace(contender, tally, rate, seconds));
      }
    }
    return latencies;
  }

  /** Publishes at a fixed rate, on one thread. */
  private Histogram pace(Contender contender, Tally tally, int rate, int seconds) throws Exception {
    int warmUp = rate / 2;
    int messages = rate * seconds;
    long interval = TimeUnit.SECONDS.toNanos(1) / rate;
    long start = System.nanoTime();
    for (int i = -warmUp; i < messages; i++) {
      if (i == 0) {
        tally.startTiming();
      }
      long due = start + (i + warmUp) * interval;
      long sent = due; // a message that is late because the last call blocked counts from here
      if (System.nanoTime() < due) {
        Waits.until(due);
        sent = System.nanoTime(); // the timer's delay does not count
      }
      publish(contender, tally, i + warmUp, 0, sent, () -> {});
    }
    awaitArrivals(tally);
    return tally.stopTiming();
  }

  private void publish(
      Contender contender, Tally tally, int message, int node, long sent, Runnable after)
      throws Exception {
    Map<String, Object> payload = workload.payload(sent);
    Contender.Outcome outcome = tally.outcome(after);
    try {
      contender.publish(
          node, recipientLists.get(message % recipientLists.size()), payload, outcome);
    } catch (RuntimeException e) {
      outcome.done(null, e);
    }
  }

  private Result flatOut(Contender contender, Tally tally, Workload load) throws Exception {
    long publishedBefore = tally.published();
    long arrivedBefore = tally.arrived();
    long droppedBefore = contender.dropped();
    long gapsBefore = contender.gaps();
    Cpu cpuBefore = Cpu.now(redisPort);
    long start = System.nanoTime();
    long deadline = start + TimeUnit.SECONDS.toNanos(load.maxSeconds());

    inParallel(publisher -> publishAll(contender, tally, load, publisher, deadline));
    long end = awaitArrivals(tally);

    long published = tally.published() - publishedBefore;
    if (tally.failed() > 0) {
      System.out.println("  publishes that failed: " + tally.failures());
    }
    if (tally.arrived() - arrivedBefore < published * load.recipients()) {
      System.out.println("  reported losses: " + contender.losses());
    }
    return new Result(
        published,
        tally.failed(),
        tally.arrived() - arrivedBefore,
        published * load.recipients(),
        contender.dropped() - droppedBefore,
        contender.gaps() - gapsBefore,
        end - start,
        Cpu.now(redisPort).since(cpuBefore),
        Result.Latency.NONE);
  }

  private void publishAll(
      Contender contender, Tally tally, Workload load, int publisher, long deadline)
      throws Exception {
    Semaphore window = new Semaphore(Math.max(1, workload.window() / workload.publishers()));
    int node = publisher % workload.nodes();
    for (int i = publisher; i < load.messages(); i += load.publishers()) {
      if (System.nanoTime() > deadline) {
        break;
      }
      window.acquire();
      publish(contender, tally, i, node, 0, window::release);
    }
    window.tryAcquire(workload.window() / workload.publishers(), 10, TimeUnit.SECONDS);
  }

  /** Waits until all has arrived or nothing more does; gives the time of the last arrival seen. */
  private long awaitArrivals(Tally tally) {
    long lastArrived = -1;
    long lastProgress = System.nanoTime();
    while (System.nanoTime() - lastProgress < NO_PROGRESS_NANOS) {
      long arrived = tally.arrived();
      if (arrived != lastArrived) {
        lastArrived = arrived;
        lastProgress = System.nanoTime();
      }
      if (tally.isSettled() && arrived == tally.published() * workload.recipients()) {
        break;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
    return lastProgress;
  }

  private Result ceiling(CeilingContender ceiling, Workload load) throws Exception {
    byte[] message = OneMessage.encode(recipientLists.get(0), load.payload(0));
    long bytesBefore = ceiling.bytesRead();
    Cpu cpuBefore = Cpu.now(redisPort);
    long start = System.nanoTime();
    long deadline = start + TimeUnit.SECONDS.toNanos(load.maxSeconds());
    long[] published = new long[load.publishers()];
    inParallel(
        publisher ->
            published[publisher] =
                ceiling.publish(message, load.messages() / load.publishers(), deadline));
    long messages = 0;
    for (long some : published) {
      messages += some;
    }
    long bytes = messages * ceiling.bytesOnTheWire(message) * load.nodes();
    while (ceiling.bytesRead() - bytesBefore < bytes
        && System.nanoTime() < deadline + NO_PROGRESS_NANOS) {
      LockSupport.parkNanos(100_000);
    }
    long deliveries = messages * load.recipients();
    return new Result(
        messages,
        0,
        deliveries * (ceiling.bytesRead() - bytesBefore) / bytes,
        deliveries,
        0,
        0,
        System.nanoTime() - start,
        Cpu.now(redisPort).since(cpuBefore),
        Result.Latency.NONE);
  }

  /** What one publishing thread does. */
  private interface Work {
    void run(int publisher) throws Exception;
  }

  private void inParallel(Work work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(workload.publishers());
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < workload.publishers(); i++) {
        int publisher = i;
        running.add(
            threads.submit(
                () -> {
                  work.run(publisher);
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      threads.shutdown();
    }
  }
}
