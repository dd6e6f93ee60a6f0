package io.github.redisfanout.benchmarks.routing;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.MessageAuthentication;
import io.github.redisfanout.Routing;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Jedis;

/**
 * What a message costs Redis on the common channel, on the channels of its recipients, and with the
 * library's decision, for numbers of nodes and recipients. All nodes share this JVM; Redis is a
 * process of its own.
 */
public final class RoutingMode implements Mode {
  private static final String CHANNEL = "routing";
  private static final int MESSAGE_BYTES = 450; // with one recipient
  private static final int MAX_MESSAGES = 20_000;

  /** How far a node may be behind: far less than what Redis disconnects it for. */
  private static final double MAX_BYTES_TO_A_NODE = 8 << 20;

  private static final int WARM_UP = 2; // rounds
  private static final double DIFFERENT = 1.3;

  @Override
  public String help() {
    return "messages on channels of their own --nodes 64 --recipients 1,2,5,10,100 --rounds 5"
        + " --publishers 4 --under-way 1000: by each --users 100: on a node"
        + " --cpu-millis 100: of Redis a turn --sign no";
  }

  @Override
  public boolean run(Options options) throws Exception {
    List<Integer> nodes = numbers(options.text("nodes", "64"));
    List<Integer> recipients = numbers(options.text("recipients", "1,2,5,10,100"));
    Plan plan =
        new Plan(
            options.number("rounds", 5),
            options.number("publishers", 4),
            options.number("under-way", 1_000),
            options.number("users", 100),
            options.number("cpu-millis", 100),
            options.text("sign", "no").equals("yes"));
    options.checkAllKnown();
    if (recipients.stream().anyMatch(count -> count > plan.users * nodes.get(0))) {
      throw new IllegalArgumentException("--recipients must be users: " + recipients);
    }
    List<Cell> cells = new ArrayList<>();
    try (RedisProcess redis = RedisProcess.start();
        Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
      Cell.printHead();
      for (int count : nodes) {
        cells.addAll(plan.measure(redis.uri(), jedis, count, recipients));
      }
    }
    figures(cells).print();
    return cells.stream().noneMatch(Cell::isNeedless);
  }

  private static List<Integer> numbers(String text) {
    List<Integer> numbers = Arrays.stream(text.split(",")).map(Integer::valueOf).sorted().toList();
    if (numbers.isEmpty() || numbers.get(0) < 1) {
      throw new IllegalArgumentException("numbers must be at least 1: " + text);
    }
    return numbers;
  }

  private static Figures figures(List<Cell> cells) {
    Figures figures = new Figures();
    int most = cells.get(cells.size() - 1).nodes();
    for (Cell cell : cells) {
      if (cell.nodes() == most) {
        String end = "_k" + cell.recipients();
        figures.put("ratio_cpu" + end, cell.ratio(Contender.BROADCAST, Contender.ADAPTIVE));
        figures.put(
            "ratio_bytes" + end,
            cell.bytesOut(Contender.BROADCAST) / cell.bytesOut(Contender.ADAPTIVE));
      }
    }
    figures.put("noise", cells.stream().mapToDouble(Cell::noise).max().orElseThrow());
    figures.put(
        "worst_vs_best",
        cells.stream()
            .filter(cell -> cell.difference() > DIFFERENT)
            .mapToDouble(Cell::againstBest)
            .max()
            .orElse(1));
    return figures;
  }

  private record Plan(
      int rounds, int publishers, int underWay, int users, int cpuMillis, boolean sign) {

    List<Cell> measure(String uri, Jedis jedis, int nodes, List<Integer> recipients)
        throws Exception {
      List<Cell> cells = new ArrayList<>();
      try (Fleet fleet =
              Fleet.start(uri, config().routing(Routing.ADAPTIVE).build(), nodes, users);
          Publishers publishing = new Publishers(uri, config(), publishers, underWay, payload())) {
        for (int count : recipients) {
          Cell cell = measure(new Cell(nodes, count), fleet, publishing, jedis);
          cell.print();
          cells.add(cell);
        }
      }
      return cells;
    }

    private Cell measure(Cell cell, Fleet fleet, Publishers publishing, Jedis jedis)
        throws Exception {
      Audiences audiences = new Audiences(fleet, cell.recipients(), cell.nodes());
      Map<Contender, Integer> messages = new EnumMap<>(Contender.class);
      List<Contender> contenders = new ArrayList<>(List.of(Contender.values()));
      for (int round = -WARM_UP; round < rounds; round++) {
        for (Contender contender : contenders) {
          int most = mostMessages(contender, cell);
          int few = Math.min(publishing.fewestMessages(), most);
          int count = messages.getOrDefault(contender, few);
          Turn turn = publishing.run(contender, audiences, count, fleet, jedis);
          if (round < 0) { // says how many messages take the time
            double fitting = cpuMillis * 1e3 / turn.usage().cpuMicros();
            messages.put(contender, (int) Math.max(few, Math.min(fitting, most)));
          } else {
            cell.add(contender, turn);
          }
        }
        Collections.rotate(contenders, 1); // none always comes first
      }
      if (fleet.isDisturbed()) {
        throw new IllegalStateException("a node lost its connection or could not read a message");
      }
      return cell;
    }

    private static int mostMessages(Contender contender, Cell cell) {
      double bytes = MESSAGE_BYTES + cell.recipients() * Content.userIds(1).get(0).length();
      double copies =
          contender == Contender.TARGETED ? (double) cell.recipients() / cell.nodes() : 1;
      return (int) Math.min(MAX_MESSAGES, MAX_BYTES_TO_A_NODE / bytes / Math.max(copies, 0.1));
    }

    private FanoutConfig.Builder config() {
      FanoutConfig.Builder config =
          FanoutConfig.builder(CHANNEL)
              .pingInterval(Duration.ofHours(1)) // these clients answer no pings
              .silenceLimit(Duration.ofHours(2));
      if (sign) {
        byte[] key = "a key of thirty-two bytes or more".getBytes(StandardCharsets.UTF_8);
        config.authentication(MessageAuthentication.hmacSha256(key));
      }
      return config;
    }

    private static String payload() {
      int envelope =
          ("{\"target_user_ids\":[\"" + Content.userIds(1).get(0) + "\"],\"payload\":}").length();
      return Content.json(MESSAGE_BYTES - envelope);
    }
  }
}
