package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.contenders.Scene;
import io.github.redisfanout.benchmarks.contenders.Sink;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What every contender has to do.
 *
 * @param messages how many to publish
 * @param maxSeconds after which nothing more is published, so that a slow contender ends, too
 * @param recipients users named in a message
 * @param payload characters of text in a payload; the envelope has about 270 bytes more
 * @param nodes nodes in this JVM
 * @param users users in all, one session each, spread over the nodes
 * @param publishers publishing threads, spread over the nodes
 * @param window publishes without an outcome, of all publishers together
 */
record Workload(
    int messages,
    int maxSeconds,
    int recipients,
    int payload,
    int nodes,
    int users,
    int publishers,
    int window) {
  private static final int VARIANTS = 1_000;
  private static final AtomicInteger CHANNELS = new AtomicInteger();

  static Workload of(Options options) {
    return new Workload(
        options.number("messages", 500_000),
        options.number("max-seconds", 5),
        options.number("recipients", 10),
        options.number("payload", 180),
        options.number("nodes", 2),
        options.number("users", 1_000),
        options.number("publishers", 2),
        options.number("window", 2_048));
  }

  /** The same in words, for another JVM. */
  List<String> words() {
    return IntStream.of(messages, maxSeconds, recipients, payload, nodes, users, publishers, window)
        .mapToObj(String::valueOf)
        .toList();
  }

  static Workload of(List<String> words) {
    List<Integer> numbers = words.stream().map(Integer::valueOf).toList();
    return new Workload(
        numbers.get(0),
        numbers.get(1),
        numbers.get(2),
        numbers.get(3),
        numbers.get(4),
        numbers.get(5),
        numbers.get(6),
        numbers.get(7));
  }

  /** The same for this many seconds, however many messages that are. */
  Workload lasting(int seconds) {
    return endless(seconds, window);
  }

  /** The same, published without waiting for outcomes, for this long. */
  Workload flooding(int seconds) {
    return endless(seconds, Integer.MAX_VALUE);
  }

  private Workload endless(int seconds, int unanswered) {
    return new Workload(
        Integer.MAX_VALUE - publishers,
        seconds,
        recipients,
        payload,
        nodes,
        users,
        publishers,
        unanswered);
  }

  static String help() {
    return "--messages 500000 --max-seconds 5 --recipients 10 --payload 180 --nodes 2 --users 1000"
        + " --publishers 2 --window 2048";
  }

  /** Whom the messages are for, in turn: as many different ones as there are users. */
  List<List<String>> recipientLists() {
    List<List<String>> lists = new ArrayList<>();
    for (int i = 0; i < VARIANTS; i++) {
      List<String> userIds = new ArrayList<>();
      for (int k = 0; k < recipients; k++) {
        userIds.add(userId((i * 7 + k * 97) % users));
      }
      lists.add(List.copyOf(userIds));
    }
    return lists;
  }

  private static String userId(int number) {
    return "user" + number;
  }

  /** A chat's message; the time it was published comes first, so that a sink finds it quickly. */
  Map<String, Object> payload(long sentNanos) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("sent", sentNanos);
    fields.put("type", "message");
    fields.put("conversation_id", "c1");
    fields.put("sender_id", "user1");
    fields.put("content", "x".repeat(payload));
    fields.put("created_at", "2026-01-31T12:00:00Z");
    return fields;
  }

  Scene scene(int redisPort, Supplier<Sink> sinks) {
    List<Map<String, Sink>> perNode = new ArrayList<>();
    for (int node = 0; node < nodes; node++) {
      perNode.add(new LinkedHashMap<>());
    }
    for (int user = 0; user < users; user++) {
      perNode.get(user % nodes).put(userId(user), sinks.get());
    }
    return new Scene(
        "127.0.0.1", redisPort, "benchmark-" + CHANNELS.incrementAndGet(), List.copyOf(perNode));
  }
}
