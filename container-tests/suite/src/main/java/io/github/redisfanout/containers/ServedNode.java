package io.github.redisfanout.containers;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.management.JMException;
import javax.management.ObjectName;

/** What {@link ServeMain} tells of its node, one line for each question. */
final class ServedNode {
  private static final int COLLECTIONS = 5;

  private final RedisFanout fanout;
  private final BlockingQueue<String> disconnected;

  private ServedNode(RedisFanout fanout, BlockingQueue<String> disconnected) {
    this.fanout = fanout;
    this.disconnected = disconnected;
  }

  /** Returns when the node receives. */
  static ServedNode start(RedisEndpoint redis, FanoutConfig config) throws InterruptedException {
    BlockingQueue<String> disconnected = new LinkedBlockingQueue<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onDisconnect(FanoutSession session, Disconnect why) {
            disconnected.add(session.userId() + ":" + System.nanoTime() + ":" + why.code());
          }
        };
    RedisFanout fanout = RedisFanout.builder(redis, config).listener(listener).start();
    if (!fanout.awaitReady(Duration.ofSeconds(10))) {
      fanout.close();
      throw new IllegalStateException("the node does not receive");
    }
    return new ServedNode(fanout, disconnected);
  }

  RedisFanout fanout() {
    return fanout;
  }

  /**
   * Answers a question.
   *
   * <ul>
   *   <li>{@code counters}: sessions, messages delivered, pending and dropped
   *   <li>{@code disconnected}: whom this side disconnected since it was last asked: user id, time
   *       by {@code System.nanoTime()} and close code, separated by colons
   *   <li>{@code heap}: bytes in use after collecting garbage
   *   <li>{@code histogram}: the JVM's of all classes, with bars in place of line ends
   * </ul>
   */
  String answer(String question) {
    return switch (question) {
      case "counters" -> "counters " + counters();
      case "disconnected" -> {
        List<String> words = new ArrayList<>(List.of("disconnected"));
        disconnected.drainTo(words);
        yield String.join(" ", words);
      }
      case "heap" -> "heap " + usedHeap();
      case "histogram" -> "histogram " + histogram().replace('\n', '|');
      default -> throw new IllegalArgumentException("there is no question " + question);
    };
  }

  private String counters() {
    FanoutCounters counters = fanout.counters();
    long dropped = counters.dropped().values().stream().mapToLong(Long::longValue).sum();
    return counters.sessions()
        + " "
        + counters.delivered()
        + " "
        + counters.pending()
        + " "
        + dropped;
  }

  /** The least of several looks: what is in use at work only ever comes on top of it. */
  private static long usedHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private static String histogram() {
    try {
      Object text =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      return String.valueOf(text);
    } catch (JMException e) {
      throw new IllegalStateException("this JVM gives no class histogram", e);
    }
  }
}
