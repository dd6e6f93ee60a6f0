package io.github.redisfanout.benchmarks.onetomany;

import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/** Sends one message after the other to crowds of all sizes, in this JVM, through a real Redis. */
final class Crowds {
  private static final int DEFAULT_LIMIT = 1 << 20;

  private final RedisProcess redis;
  private final String json;
  private final int repetitions;
  private final Figures figures = new Figures();
  private int mostDistinct;
  private boolean complete = true;

  private Crowds(RedisProcess redis, String json, int repetitions) {
    this.redis = redis;
    this.json = json;
    this.repetitions = repetitions;
  }

  /** Arguments: the largest crowd, bytes of payload, repetitions at least. */
  public static void main(String[] arguments) throws InterruptedException {
    int most = Integer.parseInt(arguments[0]);
    String json = Content.json(Integer.parseInt(arguments[1]));
    try (RedisProcess redis = RedisProcess.start()) {
      new Crowds(redis, json, Integer.parseInt(arguments[2])).run(most);
    }
  }

  private void run(int most) throws InterruptedException {
    System.out.printf(
        "%-10s %9s %14s %-7s %13s %10s %10s %12s%n",
        "whose",
        "sessions",
        "message bytes",
        "done",
        "handed in us",
        "first us",
        "last us",
        "ns/delivery");
    TreeSet<Integer> counts = new TreeSet<>(List.of(1, 100, 10_000, most));
    counts.tailSet(most, false).clear();
    for (int count : counts) {
      measure("one_user", Content.userIds(1), count);
    }
    counts.add(Math.min(most, usersThatFit())); // the most by default
    for (int count : counts) {
      measure("user_each", Content.userIds(count), 1);
    }
    figures.put("one_to_many_payload_objects_per_message", mostDistinct);
    figures.put("one_to_many_complete", complete ? 1 : 0);
    figures.print();
  }

  private int usersThatFit() {
    int empty = messageBytes(List.of(), json);
    int oneMore = messageBytes(Content.userIds(2), json) - messageBytes(Content.userIds(1), json);
    return (DEFAULT_LIMIT - empty) / oneMore;
  }

  private static int messageBytes(List<String> userIds, String json) {
    int quotesAndCommas = 3 * userIds.size() - Math.min(1, userIds.size());
    return "{\"target_user_ids\":[],\"payload\":}".length()
        + userIds.stream().mapToInt(String::length).sum()
        + quotesAndCommas
        + json.length();
  }

  private void measure(String whose, List<String> userIds, int sessionsPerUser)
      throws InterruptedException {
    int sessions = userIds.size() * sessionsPerUser;
    int bytes = messageBytes(userIds, json);
    // What is small is quick, and needs to be done more often until it is compiled.
    int measured = Math.max(repetitions, Math.min(500, 100_000 / sessions));
    int warmUp = measured / 2 + 3;
    try (Crowd crowd =
        new Crowd(redis.uri(), userIds, sessionsPerUser, Math.max(DEFAULT_LIMIT, bytes), json)) {
      for (boolean inline : new boolean[] {true, false}) {
        List<Crowd.Times> times = new ArrayList<>();
        for (int i = 0; i < warmUp + measured; i++) {
          times.add(crowd.publish(inline));
        }
        int distinct = times.stream().mapToInt(Crowd.Times::distinct).max().orElse(0);
        mostDistinct = Math.max(mostDistinct, distinct);
        report(
            whose,
            sessions,
            bytes,
            inline ? "inline" : "later",
            times.subList(warmUp, times.size()));
      }
      complete &= crowd.allHave(2 * (warmUp + measured));
    }
  }

  private void report(String whose, int sessions, int bytes, String done, List<Crowd.Times> times) {
    double handedIn = medianMicros(times, Crowd.Times::handedIn);
    double first = medianMicros(times, Crowd.Times::first);
    double last = medianMicros(times, Crowd.Times::last);
    double each = last * 1_000 / sessions;
    System.out.printf(
        Locale.ROOT,
        "%-10s %,9d %,14d %-7s %,13.0f %,10.0f %,10.0f %,12.0f%n",
        whose,
        sessions,
        bytes,
        done,
        handedIn,
        first,
        last,
        each);
    String name = "one_to_many_" + whose + "_" + sessions + "_" + done;
    figures.put(name + "_first_us", first);
    figures.put(name + "_last_us", last);
    figures.put(name + "_ns_per_delivery", each);
  }

  private static double medianMicros(List<Crowd.Times> times, ToLongFunction<Crowd.Times> which) {
    return Figures.median(times.stream().map(one -> which.applyAsLong(one) / 1_000.0).toList());
  }
}
