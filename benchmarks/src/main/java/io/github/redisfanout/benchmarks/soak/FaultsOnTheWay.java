package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.FaultProxy.Direction;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Causes the faults of Redis and of the way to it, one after the other. */
final class FaultsOnTheWay implements Runnable {
  private final List<Fault> plan;
  private final RedisProcess redis;
  private final RedisProcess second;
  private final List<Node> nodes;
  private final FaultLog log;

  /** {@code second} is another Redis, which nobody publishes to. */
  FaultsOnTheWay(
      List<Fault> plan, RedisProcess redis, RedisProcess second, List<Node> nodes, FaultLog log) {
    this.plan = plan;
    this.redis = redis;
    this.second = second;
    this.nodes = nodes;
    this.log = log;
  }

  @Override
  public void run() {
    try {
      for (Fault fault : plan) {
        TimeUnit.MILLISECONDS.sleep(fault.pauseMillis());
        log.perform(fault, () -> perform(fault));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      calm();
    }
  }

  /** Undoes whatever may still be wrong, also a cut that is yet to come. */
  private void calm() {
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

  private void perform(Fault fault) throws Exception {
    FaultProxy proxy = nodes.get(fault.node()).proxy();
    switch (fault.kind()) {
      case KILL_AND_RESTART -> {
        redis.kill();
        last(fault);
        redis.restart();
      }
      case STOP_SHORTLY, STOP_LONG -> {
        redis.pause();
        last(fault);
        redis.resume();
      }
      case CUT -> proxy.cut();
      case CUT_WITHIN_SENT -> {
        proxy.cutAfter(Direction.CLIENT_TO_SERVER, fault.chosen(1, 20_000));
        last(fault);
      }
      case CUT_WITHIN_RECEIVED -> {
        proxy.cutAfter(Direction.SERVER_TO_CLIENT, fault.chosen(1, 60_000));
        last(fault);
      }
      case STALL_SENT -> stall(fault, proxy, Direction.CLIENT_TO_SERVER);
      case STALL_RECEIVED -> stall(fault, proxy, Direction.SERVER_TO_CLIENT);
      case STALL_BOTH -> stall(fault, proxy, Direction.BOTH);
      case STALL_THEN_CUT_WITHIN -> {
        proxy.stall(Direction.SERVER_TO_CLIENT);
        last(fault);
        // Within what has gathered: behind some heartbeat's answer, before some messages.
        int gathered = fault.millis() * 500;
        proxy.cutAfter(Direction.SERVER_TO_CLIENT, fault.chosen(gathered / 5, gathered));
        proxy.resume();
      }
      case REFUSE -> {
        proxy.refuse();
        last(fault);
        proxy.accept();
      }
      case KILL_SUBSCRIBERS -> redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      case KILL_PUBLISHERS -> redis.command("CLIENT", "KILL", "TYPE", "normal");
      case OVERFLOW -> {
        Server.cutOffBehind(redis);
        stall(fault, proxy, Direction.SERVER_TO_CLIENT);
        Server.allowBehind(redis);
      }
      case PAUSE_CLIENTS -> {
        redis.command("CLIENT", "PAUSE", String.valueOf(fault.millis()));
        last(fault);
      }
      case BUSY -> busy(fault);
      case DEAF -> deaf(fault, nodes.get(fault.node()));
      default -> throw new IllegalArgumentException("not on the way: " + fault);
    }
  }

  private static void last(Fault fault) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(fault.millis());
  }

  private static void stall(Fault fault, FaultProxy proxy, Direction direction)
      throws InterruptedException {
    proxy.stall(direction);
    last(fault);
    proxy.resume();
  }

  private void busy(Fault fault) throws InterruptedException {
    Thread script = new Thread(this::loop, "soak-script");
    script.setDaemon(true);
    script.start();
    last(fault);
    while (script.isAlive()) {
      try {
        redis.command("SCRIPT", "KILL");
      } catch (IllegalStateException e) {
        // It has not begun yet, or has ended.
      }
      script.join(50);
    }
  }

  private void loop() {
    try {
      redis.command("EVAL", "while true do end", "0");
    } catch (RuntimeException e) {
      // It was killed.
    }
  }

  /**
   * Lets the node receive from the second Redis, and only receive: its connection is alive and
   * answers, and nothing ever comes.
   *
   * <p>The way leads to the second Redis for a moment only, in which nothing else may connect; so
   * the node is not closed or started meanwhile. Publishing stays where it is.
   */
  private void deaf(Fault fault, Node node) throws InterruptedException {
    boolean isDeaf;
    synchronized (node) {
      if (!within(2_000, () -> node.health().status() == FanoutHealth.Status.UP)) {
        throw new IllegalStateException("the node is not up");
      }
      node.proxy().redirect(second.port());
      try {
        redis.command("CLIENT", "KILL", "USER", node.user(), "TYPE", "pubsub");
        isDeaf = within(2_000, () -> isConnectedTo(second, node));
      } finally {
        node.proxy().redirect(redis.port());
      }
    }
    if (!isDeaf) {
      throw new IllegalStateException("the node has not connected to the second Redis");
    }
    last(fault);
    // Whether it has noticed by now or not.
    second.command("CLIENT", "KILL", "USER", node.user());
  }

  private static boolean isConnectedTo(RedisProcess redis, Node node) {
    return Server.connections(redis).stream().anyMatch(c -> c.contains("user=" + node.user()));
  }

  static boolean within(long millis, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return true;
  }
}
