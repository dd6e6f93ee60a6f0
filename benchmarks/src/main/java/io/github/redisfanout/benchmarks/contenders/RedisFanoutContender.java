package io.github.redisfanout.benchmarks.contenders;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** This library with its defaults, one node per node. */
final class RedisFanoutContender implements Contender {
  private final List<RedisFanout> nodes = new ArrayList<>();
  private final List<Completer> completers = new ArrayList<>();

  /** Writes complete on another thread, as a container's do. */
  static Contender start(Scene scene) throws InterruptedException {
    RedisFanoutContender contender = new RedisFanoutContender();
    for (int node = 0; node < scene.nodes().size(); node++) {
      Completer completer = new Completer("completer-" + node);
      contender.completers.add(completer);
      contender.startNode(scene, node, sink -> new CompletedLater(sink, completer));
    }
    return contender;
  }

  /** Writes complete before they return. */
  static Contender startInline(Scene scene) throws InterruptedException {
    RedisFanoutContender contender = new RedisFanoutContender();
    for (int node = 0; node < scene.nodes().size(); node++) {
      contender.startNode(scene, node, CompletedAtOnce::new);
    }
    return contender;
  }

  private void startNode(Scene scene, int node, Function<Sink, Transport> transports)
      throws InterruptedException {
    RedisFanout fanout =
        RedisFanout.builder(RedisEndpoint.of(scene.uri()))
            .config(FanoutConfig.builder().channel(scene.channel()).build())
            .start();
    nodes.add(fanout);
    scene.nodes().get(node).forEach((userId, sink) -> fanout.open(userId, transports.apply(sink)));
    if (!fanout.awaitReady(Duration.ofSeconds(10))) {
      throw new IllegalStateException("node " + node + " is not ready: " + fanout.health());
    }
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    nodes
        .get(node)
        .publisher()
        .publish(userIds, payload)
        .whenComplete(
            (receipt, failure) -> {
              if (failure == null) {
                outcome.published();
              } else {
                outcome.failed(failure);
              }
            });
  }

  @Override
  public long dropped() {
    return sum(counters -> counters.dropped().values().stream().mapToLong(n -> n).sum());
  }

  @Override
  public long gaps() {
    return sum(FanoutCounters::gaps);
  }

  @Override
  public String told() {
    return nodes.stream()
        .map(RedisFanout::counters)
        .map(
            counts ->
                counts.dropped()
                    + " disconnects "
                    + counts.disconnects()
                    + " gaps "
                    + counts.gaps())
        .toList()
        .toString();
  }

  private long sum(ToLongFunction<FanoutCounters> count) {
    return nodes.stream().map(RedisFanout::counters).mapToLong(count).sum();
  }

  @Override
  public void close() {
    nodes.forEach(RedisFanout::close);
    completers.forEach(Completer::close);
  }
}
