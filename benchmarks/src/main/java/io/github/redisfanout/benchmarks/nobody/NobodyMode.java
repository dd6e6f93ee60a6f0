package io.github.redisfanout.benchmarks.nobody;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.Waits;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/**
 * CPU time of a node for a message of which it has no recipient.
 *
 * <p>Another version of the library can subscribe at the same time, to the same messages: the ratio
 * of the two says more than either figure.
 */
public final class NobodyMode implements Mode {
  private static final String CHANNEL = "nobody";
  private static final int USERS = 1_000;
  private static final int RECIPIENTS = 10;
  private static final int MESSAGE_BYTES = 450;
  private static final int BATCH = 500;

  /**
   * A node may be one step behind when the next is published: 6 MB at most, where Redis would cut
   * it off for 8 MB over a minute.
   */
  private static final int STEP = 5_000;

  @Override
  public String help() {
    return "what a message costs a node that has none of its recipients"
        + " --messages 2000000 --warm-up 1000000 --rounds 5"
        + " [--other CLASSPATH: of another version, see benchmarks/README.md]";
  }

  @Override
  public boolean run(Options options) throws Exception {
    int messages = options.number("messages", 2_000_000);
    int warmUp = options.number("warm-up", 1_000_000);
    int rounds = options.number("rounds", 5);
    String other = options.text("other", "");
    options.checkAllKnown();
    List<String> classPaths = new ArrayList<>(List.of(ChildJvm.ownClassPath()));
    if (!other.isEmpty()) {
      classPaths.add(other);
    }
    try (RedisProcess redis = RedisProcess.start();
        Jedis jedis = new Jedis("127.0.0.1", redis.port());
        Nodes nodes = Nodes.start(classPaths, redis.uri())) {
      Publishing publishing = new Publishing(jedis, nodes, messages());
      publishing.publish(warmUp);
      report(publishing, nodes, rounds, messages / rounds);
    }
    return true;
  }

  /** The child processes: this version's, and the other's if there is one. */
  private record Nodes(List<ChildJvm> all) implements AutoCloseable {
    /** One for each class path, and one that only reads. */
    static Nodes start(List<String> classPaths, String redisUri) throws Exception {
      Nodes nodes = new Nodes(new ArrayList<>());
      List<String> flags = new ArrayList<>(ChildJvm.fixedHeap(256));
      flags.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
      List<String> arguments = List.of(redisUri, CHANNEL, String.valueOf(USERS));
      try {
        for (String classPath : classPaths) {
          nodes.add(classPath, NobodyNode.class, flags, arguments);
        }
        nodes.add(ChildJvm.ownClassPath(), NobodyReader.class, flags, arguments);
        return nodes;
      } catch (Exception | Error e) {
        nodes.close();
        throw e;
      }
    }

    private void add(
        String classPath, Class<?> main, List<String> flags, List<String> arguments)
        throws Exception {
      ChildJvm node =
          ChildJvm.start(classPath, main.getName(), flags, arguments, line -> false);
      all.add(node);
      node.answer("ready");
    }

    /** What each answers to a question. */
    long[] ask(String question) throws Exception {
      long[] answers = new long[all.size()];
      for (int i = 0; i < answers.length; i++) {
        answers[i] = Long.parseLong(all.get(i).ask(question));
      }
      return answers;
    }

    @Override
    public void close() throws Exception {
      for (ChildJvm node : all) {
        node.close();
      }
    }
  }

  private static List<byte[]> messages() {
    List<String> userIds = Content.userIds(USERS);
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i + RECIPIENTS <= USERS; i += RECIPIENTS) {
      String before =
          "{\"target_user_ids\":[\""
              + String.join("\",\"", userIds.subList(i, i + RECIPIENTS))
              + "\"],\"payload\":";
      String payload = Content.json(MESSAGE_BYTES - before.length() - 1);
      messages.add((before + payload + "}").getBytes(StandardCharsets.UTF_8));
    }
    return messages;
  }

  private static void report(Publishing publishing, Nodes nodes, int rounds, int messages)
      throws Exception {
    int count = nodes.all.size();
    List<List<Double>> nanos = Stream.generate(() -> new ArrayList<Double>()).limit(count).collect(Collectors.toList());
    List<Double> ratios = new ArrayList<>();
    List<Double> ownRatios = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      long[] before = nodes.ask("cpu");
      publishing.publish(messages);
      long[] after = nodes.ask("cpu");
      double[] each = new double[count];
      System.out.print("round " + round);
      for (int i = 0; i < count; i++) {
        each[i] = (double) (after[i] - before[i]) / messages;
        nanos.get(i).add(each[i]);
        System.out.printf(Locale.ROOT, "  %,.0f ns", each[i]);
      }
      System.out.println();
      double reading = each[count - 1];
      ratios.add(each[0] / each[1]);
      ownRatios.add((each[0] - reading) / (each[1] - reading));
    }
    Figures figures = new Figures();
    figures.put("nobody_cpu_ns", Figures.median(nanos.get(0)));
    figures.put("nobody_reading_cpu_ns", Figures.median(nanos.get(count - 1)));
    if (count > 2) {
      figures.put("nobody_other_cpu_ns", Figures.median(nanos.get(1)));
      figures.put("nobody_ratio", Figures.median(ratios));
      figures.put("nobody_ratio_without_reading", Figures.median(ownRatios));
    }
    figures.print();
  }

  /** Publishes by itself, without the library, as fast as all nodes receive. */
  private static final class Publishing {
    private final Jedis jedis;
    private final Nodes nodes;
    private final List<byte[]> messages;
    private final byte[] channel = CHANNEL.getBytes(StandardCharsets.UTF_8);
    private long published;

    Publishing(Jedis jedis, Nodes nodes, List<byte[]> messages) {
      this.jedis = jedis;
      this.nodes = nodes;
      this.messages = messages;
    }

    /** Returns when all nodes have received all of it. */
    void publish(int count) throws Exception {
      for (int left = count; left > 0; left -= STEP) {
        int step = Math.min(STEP, left);
        for (int sent = 0; sent < step; sent += BATCH) {
          publishBatch(Math.min(BATCH, step - sent));
        }
        awaitReceived(published - STEP);
      }
      awaitReceived(published);
    }

    private void publishBatch(int count) {
      try (Pipeline pipeline = jedis.pipelined()) {
        for (int i = 0; i < count; i++) {
          pipeline.publish(channel, messages.get((int) (published++ % messages.size())));
        }
      }
    }

    private void awaitReceived(long count) throws Exception {
      Waits.until(
          count + " messages received",
          Duration.ofSeconds(30),
          Duration.ofMillis(1),
          () -> LongStream.of(nodes.ask("received")).allMatch(received -> received >= count));
    }
  }
}
