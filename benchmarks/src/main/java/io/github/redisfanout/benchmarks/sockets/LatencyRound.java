package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.benchmarks.Waits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * Publishes at a fixed, moderate rate; the clients say how old the messages are that arrive.
 *
 * <p>The age starts right before {@code publish}, so the encoding is in it, and ends when the
 * client has read the whole frame. Both processes must read one clock.
 */
final class LatencyRound {
  private LatencyRound() {}

  /**
   * What came out.
   *
   * @param maxLateNanos how late a publish was, at worst: more than a message's age means that the
   *     machine had no time for the publisher
   */
  record Result(long lost, long failures, LoadGenerator.Ages ages, long maxLateNanos, CpuUse cpu) {

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "p50 %,.0f us  p99 %,.0f us  p99.9 %,.0f us  max %,.0f us  of %,d deliveries  lost %d"
              + "  (publisher late by %,d us at worst)%n          %s",
          ages.p50(),
          ages.p99(),
          ages.p999(),
          ages.max(),
          ages.arrived(),
          lost,
          maxLateNanos / 1_000,
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
    long failures = futures.stream().filter(CompletableFuture::isCompletedExceptionally).count();
    long lost = generator.check(plan.each(messages)).lost();
    return new Result(lost, failures, generator.ages(), maxLate, cpu);
  }

  private static long publish(Bench bench, int messages, List<CompletableFuture<?>> futures) {
    SocketsPlan plan = bench.plan();
    List<List<String>> audiences = plan.audiences();
    String text = ChatMessage.textFor(plan.payloadChars());
    long maxLate = 0;
    long start = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      long due = start + i * 1_000_000_000L / plan.rate();
      Waits.until(due);
      maxLate = Math.max(maxLate, System.nanoTime() - due);
      futures.add(
          bench
              .publisher(i % plan.publishers())
              .publish(audiences.get(i % audiences.size()), ChatMessage.now(text)));
    }
    return maxLate;
  }
}
