package io.github.redisfanout.benchmarks.everyone;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.benchmarks.CountingTransport;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.Waits;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * A message for all sessions of one node, and right behind it a message for one of them. The
 * transports do nothing. What a session costs is the processor time of the lanes, which a busy
 * machine does not change.
 */
public final class EveryoneMode implements Mode {
  private static final int WARM_UP = 20;
  private static final double MAX_MICROS_PER_SESSION = 1;
  private static final double MAX_MILLIS = 5;

  @Override
  public String help() {
    return "messages for everyone and for one of them [--sessions 100000] [--rounds 50]";
  }

  @Override
  public boolean run(Options options) throws Exception {
    int sessions = options.number("sessions", 100_000);
    int rounds = options.number("rounds", 50);
    options.checkAllKnown();
    Figures figures = new Figures();
    FanoutConfig config = FanoutConfig.of("everyone");
    try (RedisFanout node = RedisFanout.builder(new InMemoryBackplane(), config).start()) {
      CountingTransport all = new CountingTransport();
      for (int i = 0; i < sessions; i++) {
        FanoutSession session = node.open("user" + i, all);
        session.join("all");
      }
      One one = new One();
      node.open("one", one);
      boolean right = true;
      for (Audience audience : List.of(Audience.everyone(), Audience.group("all"))) {
        String name = audience.equals(Audience.everyone()) ? "everyone" : "group";
        right &= new Rounds(node, audience, all, one).run(name, sessions, rounds, figures);
      }
      figures.print();
      return right;
    }
  }

  /** Notes when the message for it alone was written. */
  private static final class One implements Transport {
    private volatile long writtenNanos;

    @Override
    public void write(Payload payload, WriteCallback callback) {
      if (payload.text().equals("2")) {
        writtenNanos = System.nanoTime();
      }
      callback.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  private record Rounds(RedisFanout node, Audience audience, CountingTransport all, One one) {

    boolean run(String name, int sessions, int rounds, Figures figures) throws Exception {
      List<Double> micros = new ArrayList<>();
      List<Double> millis = new ArrayList<>();
      for (int i = 0; i < WARM_UP + rounds; i++) {
        long written = all.written();
        one.writtenNanos = 0;
        long cpu = cpuOfLanes();
        node.publisher().publishJson(audience, "1");
        long direct = System.nanoTime();
        node.publisher().publishJson(Audience.user("one"), "2");
        await(() -> all.written() == written + sessions);
        await(() -> one.writtenNanos != 0);
        long end = cpuOfLanes();
        if (i >= WARM_UP) {
          micros.add((end - cpu) / 1e3 / sessions);
          millis.add((one.writtenNanos - direct) / 1e6);
        }
      }
      double perSession = Figures.median(micros);
      double wait = Figures.median(millis);
      figures.put(name + "_micros_per_session", perSession);
      figures.put(name + "_direct_message_millis", wait);
      return perSession <= MAX_MICROS_PER_SESSION && wait <= MAX_MILLIS;
    }

    private static long cpuOfLanes() {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
          .filter(thread -> thread != null && thread.getThreadName().contains("-lane-"))
          .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
          .sum();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
      Waits.until("written", Duration.ofSeconds(30), Duration.ofNanos(20_000), condition);
    }
  }
}
