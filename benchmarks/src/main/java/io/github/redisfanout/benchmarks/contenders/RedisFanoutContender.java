package io.github.redisfanout.benchmarks.contenders;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** This library with its defaults, one node per node. */
final class RedisFanoutContender implements Contender {
  private final List<RedisFanout> nodes = new ArrayList<>();
  private final List<Completer> completers = new ArrayList<>();

  static Contender start(Scene scene) throws InterruptedException {
    RedisFanoutContender contender = new RedisFanoutContender();
    for (int node = 0; node < scene.nodes().size(); node++) {
      contender.startNode(scene, node);
    }
    return contender;
  }

  /** A client whose writes complete a moment later on another thread, as a container's do. */
  private record Client(Sink sink, Completer completer) implements Transport {
    @Override
    public void write(Payload payload, WriteCallback callback) {
      sink.receive(payload.text());
      completer.later(callback::ok);
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  private void startNode(Scene scene, int node) throws InterruptedException {
    Completer completer = new Completer("completer-" + node);
    completers.add(completer);
    RedisFanout fanout =
        RedisFanout.connect(scene.uri(), scene.channel());
    nodes.add(fanout);
    scene
        .nodes()
        .get(node)
        .forEach((userId, sink) -> fanout.open(userId, new Client(sink, completer)));
    if (!fanout.awaitReady(Duration.ofSeconds(10))) {
      throw new IllegalStateException("node " + node + " is not ready: " + fanout.health());
    }
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    nodes.get(node).publisher().publish(userIds, payload).whenComplete(outcome::done);
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
  public String losses() {
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
