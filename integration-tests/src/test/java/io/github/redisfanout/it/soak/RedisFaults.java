package io.github.redisfanout.it.soak;

import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.faults.BusyScript;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.FaultProxy.Direction;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;

/** Causes the faults of Redis and of the connections to it, one after the other. */
final class RedisFaults extends ServerFaults {
  private static final Duration RECONNECT_LIMIT = Duration.ofSeconds(6);

  private final RedisProcess redis;
  private final RedisProcess second;
  private final List<Node> nodes;

  /** {@code second} is another Redis, which no node publishes to. */
  RedisFaults(
      List<Fault> plan, RedisProcess redis, RedisProcess second, List<Node> nodes, FaultLog log) {
    super(plan, log);
    this.redis = redis;
    this.second = second;
    this.nodes = nodes;
  }

  /** Ends every fault, also a cut that has not happened yet. */
  @Override
  void endAll() {
    for (Node node : nodes) {
      FaultProxy proxy = node.proxy();
      proxy.cutAfter(Direction.CLIENT_TO_SERVER, Long.MAX_VALUE);
      proxy.cutAfter(Direction.SERVER_TO_CLIENT, Long.MAX_VALUE);
      proxy.redirect(redis.port());
      proxy.resume();
      proxy.accept();
    }
    redis.resume();
    if (!redis.isRunning()) {
      redis.restart();
    }
  }

  @Override
  void perform(Fault fault) throws Exception {
    Node node = nodes.get(fault.node());
    FaultProxy proxy = node.proxy();
    int millis = fault.millis();
    switch (fault.kind()) {
      case KILL_AND_RESTART -> {
        redis.kill();
        last(millis);
        redis.restart();
      }
      case STOP_SHORTLY, STOP_LONG -> {
        redis.pause();
        last(millis);
        redis.resume();
      }
      case CUT -> proxy.cut();
      case CUT_WITHIN_SENT -> {
        proxy.cutAfter(Direction.CLIENT_TO_SERVER, fault.chosen(1, 20_000));
        last(millis);
      }
      case CUT_WITHIN_RECEIVED -> {
        proxy.cutAfter(Direction.SERVER_TO_CLIENT, fault.chosen(1, 60_000));
        last(millis);
      }
      case STALL_SENT -> stall(proxy, Direction.CLIENT_TO_SERVER, millis);
      case STALL_RECEIVED -> stall(proxy, Direction.SERVER_TO_CLIENT, millis);
      case STALL_BOTH -> stall(proxy, Direction.BOTH, millis);
      case STALL_THEN_CUT_WITHIN -> {
        proxy.stall(Direction.SERVER_TO_CLIENT);
        last(millis);
        // Within what has gathered: behind some heartbeat's answer, before some messages.
        int gathered = millis * 500;
        proxy.cutAfter(Direction.SERVER_TO_CLIENT, fault.chosen(gathered / 5, gathered));
        proxy.resume();
      }
      case REFUSE -> {
        proxy.refuse();
        last(millis);
        proxy.accept();
      }
      case KILL_SUBSCRIBERS -> redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      case KILL_PUBLISHERS -> redis.command("CLIENT", "KILL", "TYPE", "normal");
      case OVERFLOW -> {
        limitOutputBuffers("pubsub 65536 32768 1");
        stall(proxy, Direction.SERVER_TO_CLIENT, millis);
        limitOutputBuffers("pubsub 33554432 8388608 60");
      }
      case PAUSE_CLIENTS -> {
        redis.command("CLIENT", "PAUSE", String.valueOf(millis));
        last(millis);
      }
      case BUSY -> {
        try (BusyScript script = new BusyScript(redis)) {
          last(millis);
        }
      }
      case DEAD_SUBSCRIPTION -> deadSubscription(node, millis);
      default -> throw new IllegalArgumentException("not of Redis: " + fault);
    }
  }

  private void stall(FaultProxy proxy, Direction direction, int millis)
      throws InterruptedException {
    proxy.stall(direction);
    last(millis);
    proxy.resume();
  }

  private void limitOutputBuffers(String limit) {
    redis.command("CONFIG", "SET", "client-output-buffer-limit", limit);
  }

  /**
   * Connects the node's subscription to the second Redis: it is alive and answers, and no message
   * ever comes. Publishing stays where it is.
   *
   * <p>The proxy leads to the second Redis for a moment only, in which nothing else may connect; so
   * the node is not closed or started meanwhile.
   */
  private void deadSubscription(Node node, int millis) throws InterruptedException {
    boolean isDead;
    synchronized (node) {
      if (!Soak.within(RECONNECT_LIMIT, node::isUp)) {
        throw new IllegalStateException("the node is not up");
      }
      node.proxy().redirect(second.port());
      try {
        redis.command("CLIENT", "KILL", "USER", node.user(), "TYPE", "pubsub");
        isDead =
            Soak.within(
                RECONNECT_LIMIT,
                () ->
                    Leftovers.connections(second).stream()
                        .anyMatch(line -> line.contains("user=" + node.user())));
      } finally {
        node.proxy().redirect(redis.port());
      }
    }
    if (!isDead) {
      throw new IllegalStateException("the node has not connected to the second Redis");
    }
    last(millis);
    // Whether it has noticed by now or not.
    second.command("CLIENT", "KILL", "USER", node.user());
  }
}
