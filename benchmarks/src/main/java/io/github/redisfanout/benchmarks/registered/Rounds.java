package io.github.redisfanout.benchmarks.registered;

import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A node with few users and one with many, in this JVM on one Redis, measured by turns.
 *
 * <p>Both get the same messages, for the same users. On the node with many these lie apart in
 * memory, as users who happen to be active do, and that alone costs: on the other node they lie
 * side by side. To tell what is due to memory they can be side by side on both.
 */
final class Rounds {
  private static final int RECIPIENTS = 10;
  private static final int RECIPIENT_LISTS = 500;
  private static final int PAYLOAD_BYTES = 450;
  private static final int WARM_UP = 8;

  private final Figures figures = new Figures();
  private final int few;
  private final int many;
  private final Duration ping;
  private final List<String> all;
  private final List<String> active;

  private Rounds(int few, int many, Duration ping, boolean apart) {
    this.few = few;
    this.many = many;
    this.ping = ping;
    all = Content.userIds(many);
    int distance = apart ? many / few : 1;
    active = IntStream.range(0, few).mapToObj(i -> all.get(i * distance)).toList();
  }

  /**
   * Arguments: few and many users, rounds, messages in a round, seconds: idle, between pings;
   * whether the few lie apart.
   */
  public static void main(String[] arguments) throws InterruptedException {
    int[] numbers = Arrays.stream(arguments).limit(6).mapToInt(Integer::parseInt).toArray();
    boolean apart = Boolean.parseBoolean(arguments[6]);
    new Rounds(numbers[0], numbers[1], Duration.ofSeconds(numbers[5]), apart)
        .run(numbers[2], numbers[3], Duration.ofSeconds(numbers[4]));
  }

  private void run(int rounds, int messages, Duration idle) throws InterruptedException {
    try (RedisProcess redis = RedisProcess.start();
        Node small = new Node(redis.uri(), "few", ping, active);
        Node large = new Node(redis.uri(), "many", ping, all)) {
      compare(small, large, rounds, messages);
      // A second of sweeping costs something only where there is somebody to look after.
      long cpu = large.timerCpuNanos();
      Thread.sleep(idle.toMillis());
      double perSecond = (large.timerCpuNanos() - cpu) / 1e6 / idle.toSeconds();
      figures.put("registered_timer_cpu_ms_per_second", perSecond);
      figures.put("registered_timer_cpu_ms_per_second_and_million", perSecond / many * 1e6);
      figures.put("registered_whole", small.isWhole(few) && large.isWhole(many) ? 1 : 0);
    }
    figures.print();
  }

  private void compare(Node small, Node large, int rounds, int messages) {
    List<List<String>> recipients = recipients();
    String json = Content.json(PAYLOAD_BYTES);
    List<Node.Cost> ofSmall = new ArrayList<>();
    List<Node.Cost> ofLarge = new ArrayList<>();
    System.out.printf("%-8s %,18d users: %-12s %,18d users: %-12s%n", "round", few, "", many, "");
    System.out.printf(
        "%-8s %18s %19s %18s %19s%n",
        "", "deliveries/s", "CPU ns/delivery", "deliveries/s", "CPU ns/delivery");
    for (int i = 0; i < WARM_UP + rounds; i++) {
      // By turns also in who is first, so that neither always follows the same thing.
      Node.Cost early = (i % 2 == 0 ? small : large).round(recipients, messages, json);
      Node.Cost late = (i % 2 == 0 ? large : small).round(recipients, messages, json);
      if (i >= WARM_UP) {
        ofSmall.add(i % 2 == 0 ? early : late);
        ofLarge.add(i % 2 == 0 ? late : early);
        print(i - WARM_UP + 1, ofSmall.get(i - WARM_UP), ofLarge.get(i - WARM_UP));
      }
    }
    report("few", ofSmall);
    report("many", ofLarge);
    figures.put("registered_wall_ratio", ratio(ofLarge, ofSmall, Node.Cost::wallNanos));
    figures.put("registered_cpu_ratio", ratio(ofLarge, ofSmall, Node.Cost::cpuNanos));
  }

  private static double ratio(
      List<Node.Cost> of, List<Node.Cost> to, ToDoubleFunction<Node.Cost> what) {
    return Figures.median(
        IntStream.range(0, of.size())
            .mapToObj(i -> what.applyAsDouble(of.get(i)) / what.applyAsDouble(to.get(i)))
            .toList());
  }

  private List<List<String>> recipients() {
    List<List<String>> lists = new ArrayList<>();
    List<String> shuffled = new ArrayList<>(active);
    Random random = new Random(1); // the same in every run
    for (int i = 0; i < RECIPIENT_LISTS; i++) {
      Collections.shuffle(shuffled, random);
      lists.add(List.copyOf(shuffled.subList(0, Math.min(RECIPIENTS, few))));
    }
    return lists;
  }

  private static void print(int round, Node.Cost small, Node.Cost large) {
    System.out.printf(
        Locale.ROOT,
        "%-8d %,18.0f %,19.0f %,18.0f %,19.0f%n",
        round,
        1e9 / small.wallNanos(),
        small.cpuNanos(),
        1e9 / large.wallNanos(),
        large.cpuNanos());
  }

  private void report(String users, List<Node.Cost> costs) {
    double wall = Figures.median(costs.stream().map(Node.Cost::wallNanos).toList());
    double cpu = Figures.median(costs.stream().map(Node.Cost::cpuNanos).toList());
    figures.put("registered_" + users + "_deliveries_per_second", 1e9 / wall);
    figures.put("registered_" + users + "_cpu_ns_per_delivery", cpu);
  }
}
