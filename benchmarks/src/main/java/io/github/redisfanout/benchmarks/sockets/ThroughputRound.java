package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Publishes as fast as the clients receive.
 *
 * <p>Two limits hold a publisher back. One is its window of publishes without an answer. The other
 * is the clients' progress: Redis' pub/sub has no back-pressure, so a publisher that is faster than
 * the writes to clients fills the sessions' queues, and the node disconnects the clients as too
 * slow. Here the sustainable rate is wanted, so a message is not published before each client has
 * had all but the last {@link SocketsPlan#ahead} of its messages.
 */
final class ThroughputRound {
  private static final int WINDOW_SECONDS = 30; // longer than a publish can take, whatever happens

  private final Bench bench;
  private final List<List<String>> audiences;
  private final String text;
  private final int messages;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();

  private ThroughputRound(Bench bench, int messages) {
    this.bench = bench;
    audiences = bench.plan().audiences();
    text = ChatMessage.textFor(bench.plan().payloadChars());
    this.messages = messages;
  }

  /**
   * What came out.
   *
   * @param failures publishes that failed; what they should have delivered counts as lost
   * @param nanos from the first publish to the last arrival
   */
  record Result(int messages, LoadGenerator.Check check, int failures, long nanos, CpuUse cpu) {

    double publishesPerSecond() {
      return messages * 1e9 / nanos;
    }

    String row(int recipients) {
      return String.format(
          Locale.ROOT,
          "%,12.0f deliveries/s  %,9.0f publishes/s  lost %d  %s",
          recipients * publishesPerSecond(),
          publishesPerSecond(),
          check.lost(),
          cpu);
    }
  }

  static Result run(Bench bench, int messages) throws Exception {
    return new ThroughputRound(bench, bench.plan().wholeTurns(messages)).run();
  }

  private Result run() throws Exception {
    LoadGenerator generator = bench.generator();
    generator.ask("pause", bench.plan().pauseMicros());
    generator.ask("count", 0);
    bench.cpu().start();
    long start = System.nanoTime();
    publishAll();
    generator.progress().awaitTotal((long) messages * bench.plan().recipients());
    CpuUse cpu = bench.cpu().stop();
    // Its clock may not be ours, but its reports come every 2 ms.
    long nanos = System.nanoTime() - start;
    LoadGenerator.Check check = generator.check(bench.plan().each(messages));
    return new Result(messages, check, failures.get(), nanos, cpu);
  }

  private void publishAll() throws Exception {
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < bench.plan().publishers(); i++) {
      Publisher publisher = bench.publisher(i);
      running.add(bench.threads().submit(() -> publish(publisher)));
    }
    for (Future<?> one : running) {
      one.get();
    }
  }

  private Void publish(Publisher publisher) throws InterruptedException {
    SocketsPlan plan = bench.plan();
    Progress progress = bench.generator().progress();
    Semaphore window = new Semaphore(plan.window());
    for (int i = next.getAndIncrement(); i < messages; i = next.getAndIncrement()) {
      if (!progress.awaitEach(plan.each(i) - plan.ahead())) {
        return null; // something was lost; the round says how much
      }
      acquire(window, 1);
      publisher
          .publish(audiences.get(i % audiences.size()), ChatMessage.now(text))
          .whenComplete(
              (receipt, failure) -> {
                window.release();
                if (failure != null) {
                  failures.incrementAndGet();
                }
              });
    }
    acquire(window, plan.window());
    return null;
  }

  private static void acquire(Semaphore window, int permits) throws InterruptedException {
    if (!window.tryAcquire(permits, WINDOW_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("publishes stay without an answer");
    }
  }
}
