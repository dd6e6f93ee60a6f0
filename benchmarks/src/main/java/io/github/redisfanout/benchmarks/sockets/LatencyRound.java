package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes at a fixed, moderate rate; the clients say how old the messages are that arrive.
 *
 * <p>The age starts right before {@code publish}, so the encoding is in it, and ends when the
 * client has read the whole frame. Both processes must read one clock.
 */
final class LatencyRound {
  private LatencyRound() {}

  /**
   * What came out; times in nanoseconds.
   *
   * @param maxLate how late a publish was, at worst: more than a message's age means that the
   *     machine had no time for the publisher
   */
  record Result(
      long lost,
      int failures,
      long arrived,
      long median,
      long p99,
      long p999,
      long max,
      long maxLate,
      CpuUse cpu) {

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "p50 %,d us  p99 %,d us  p99.9 %,d us  max %,d us  of %,d deliveries  lost %d  (publisher"
              + " late by %,d us at worst)%n          %s",
          median / 1_000,
          p99 / 1_000,
          p999 / 1_000,
          max / 1_000,
          arrived,
          lost,
          maxLate / 1_000,
          cpu);
    }
  }

  static Result run(Bench bench, int seconds) throws Exception {
    SocketsPlan plan = bench.plan();
    LoadGenerator generator = bench.generator();
    int messages = plan.wholeTurns(plan.rate() * seconds);
    generator.ask("pause", 0);
    generator.ask("count", 1);
    bench.cpu().start();
    List<CompletableFuture<?>> futures = new ArrayList<>(messages);
    long maxLate = publish(bench, messages, futures);
    generator.progress().awaitTotal((long) messages * plan.recipients());
    CpuUse cpu = bench.cpu().stop();
    int failures = 0;
    for (CompletableFuture<?> future : futures) {
      failures += future.isCompletedExceptionally() ? 1 : 0;
    }
    long lost = Long.parseLong(generator.ask("check", plan.each(messages)).split(" ")[0]);
    String[] ages = generator.ask("latency").split(" ");
    return new Result(
        lost,
        failures,
        Long.parseLong(ages[0]),
        Long.parseLong(ages[1]),
        Long.parseLong(ages[2]),
        Long.parseLong(ages[3]),
        Long.parseLong(ages[4]),
        maxLate,
        cpu);
  }

  private static long publish(Bench bench, int messages, List<CompletableFuture<?>> futures) {
    SocketsPlan plan = bench.plan();
    List<List<String>> audiences = plan.audiences();
    String text = ChatMessage.textFor(plan.payloadChars());
    long maxLate = 0;
    long start = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      long due = start + i * 1_000_000_000L / plan.rate();
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      maxLate = Math.max(maxLate, System.nanoTime() - due);
      Publisher publisher = bench.publisher(i % plan.publishers());
      futures.add(publisher.publish(audiences.get(i % audiences.size()), ChatMessage.now(text)));
    }
    return maxLate;
  }
}
