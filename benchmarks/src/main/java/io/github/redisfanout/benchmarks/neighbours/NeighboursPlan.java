package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.benchmarks.containers.ContainerNode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.containers.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What to measure, as the command line says.
 *
 * @param rate messages a second to the healthy clients
 * @param badRate messages a second to the bad ones, each to all of them: their sockets take about
 *     1.6 MB each before they are stuck, and what fills them faster is a load of its own
 */
record NeighboursPlan(
    List<Container> containers,
    int pairs,
    int warmUps,
    int seconds,
    int healthy,
    int bad,
    int recipients,
    int rate,
    int bytes,
    int badRate,
    int badBytes,
    int writeTimeoutMillis) {

  static final String HELP =
      "500 clients beside 50 that never read, in each container: --containers "
          + Container.names()
          + " --pairs 5 --warm-ups 1 --seconds 8 --healthy 500 --bad 50 --recipients 10 --rate 200"
          + " --bytes 400 --bad-rate 40 --bad-bytes 16000 --write-timeout-ms 2000";

  /** What the node's default is. */
  static final int SESSION_QUEUE_BYTES = 1 << 20;

  /** A node that publishes to the containers'; the caller closes it. */
  static RedisFanout publishingNode(String redisUri) {
    return RedisFanout.builder(RedisEndpoint.of(redisUri), FanoutConfig.of(ContainerNode.CHANNEL))
        .publishOnly()
        .start();
  }

  static NeighboursPlan of(Options options) {
    NeighboursPlan plan =
        new NeighboursPlan(
            Container.named(options.text("containers", Container.names())),
            options.number("pairs", 5),
            options.numberOrNone("warm-ups", 1),
            options.number("seconds", 8),
            options.number("healthy", 500),
            options.number("bad", 50),
            options.number("recipients", 10),
            options.number("rate", 200),
            options.number("bytes", 400),
            options.number("bad-rate", 40),
            options.number("bad-bytes", 16_000),
            options.number("write-timeout-ms", 2_000));
    options.checkAllKnown();
    if (plan.healthy % plan.recipients != 0) {
      throw new IllegalArgumentException(
          "--healthy must be a multiple of --recipients: " + plan.healthy);
    }
    return plan;
  }

  List<String> healthyUsers() {
    return IntStream.range(0, healthy).mapToObj(i -> "healthy-" + i).toList();
  }

  List<String> badUsers() {
    return IntStream.range(0, bad).mapToObj(i -> "bad-" + i).toList();
  }

  /** The recipients of successive messages, to be used in turn. */
  List<List<String>> audiences() {
    List<String> users = healthyUsers();
    List<List<String>> audiences = new ArrayList<>();
    for (int from = 0; from < healthy; from += recipients) {
      audiences.add(users.subList(from, from + recipients));
    }
    return audiences;
  }

  /** Messages to the healthy clients in a run: each gets the same number. */
  int messages() {
    int turn = healthy / recipients;
    return (rate * seconds + turn - 1) / turn * turn;
  }

  /** What each healthy client gets. */
  int each() {
    return messages() * recipients / healthy;
  }

  /** In what time a stuck client should be gone. */
  double limitSeconds() {
    return writeTimeoutMillis / 1_000.0 + 2;
  }

  /**
   * What sessions and container may hold of the bad ones: full queues, and the message on its way
   * as text and in the container's form.
   */
  long heldLimitBytes() {
    return bad * (SESSION_QUEUE_BYTES + 4L * badBytes);
  }

  /** The write deadline ends a bad client, not its full queue: that drops its oldest messages. */
  List<String> settings(int timeoutMillis) {
    return List.of("write-timeout-ms=" + timeoutMillis, "overflow=DROP_OLDEST");
  }
}
