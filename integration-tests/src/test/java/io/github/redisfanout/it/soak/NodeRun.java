package io.github.redisfanout.it.soak;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.Finding;
import io.github.redisfanout.it.checker.Findings;

/** A node from its start to its close, and the audit of its counters. Thread-safe. */
final class NodeRun {
  private final String name;
  private final RedisFanout fanout;
  private final Tally tally = new Tally();

  NodeRun(
      String name,
      int node,
      RedisEndpoint endpoint,
      FanoutConfig config,
      RedisConfig redis,
      DeliveryChecker checker) {
    this.name = name;
    RedisFanout.Builder builder = RedisFanout.builder(endpoint, config).redis(redis);
    if (node == 1) {
      builder.callbackExecutor(Runnable::run); // ours do not block
    }
    fanout =
        builder
            .listener(
                new FanoutListener() {
                  @Override
                  public void onGap(Gap gap) {
                    checker.gap(node, gap);
                    tally.gaps.increment();
                  }

                  @Override
                  public void onDisconnect(FanoutSession session, Disconnect why) {
                    tally.disconnects.increment();
                  }
                })
            .start();
  }

  RedisFanout fanout() {
    return fanout;
  }

  Tally tally() {
    return tally;
  }

  FanoutCounters counters() {
    return fanout.counters();
  }

  /** Compares the node's counters with each other and with what was seen from outside. */
  void audit(Findings findings) {
    FanoutCounters counters = fanout.counters();
    long dropped =
        counters.dropped().values().stream().mapToLong(n -> n).sum()
            - dropped(DropReason.LANE_FULL); // which was never queued
    long disconnects = counters.disconnects().values().stream().mapToLong(n -> n).sum();
    long delivered = counters.delivered();
    expect(findings, "malformed", counters.malformed(), 0, 0);
    expect(findings, "sessions", counters.sessions(), 0, 0);
    expect(findings, "pending", counters.pending(), 0, 0);
    expect(findings, "queued", counters.queued(), delivered + dropped, delivered + dropped);
    expect(findings, "gaps", counters.gaps(), tally.gaps.sum(), tally.gaps.sum());
    expect(findings, "listener events dropped", counters.listenerEventsDropped(), 0, 0);
    long thrown = tally.thrown.sum();
    expect(findings, "failures of user code", counters.userCodeFailures(), thrown, thrown);
    long reported = tally.disconnects.sum();
    expect(findings, "disconnects", disconnects, reported, reported);
    long sessions = tally.sessions.sum();
    expect(findings, "closed", tally.closed.sum(), sessions - tally.left.sum(), sessions);
    // A session that ended may have had a write under way: the client has it, the node dropped it.
    long written = tally.written.sum();
    expect(findings, "delivered", delivered, written - sessions, written);
  }

  long dropped(DropReason reason) {
    return fanout.counters().dropped().getOrDefault(reason, 0L);
  }

  private void expect(Findings findings, String what, long counted, long min, long max) {
    if (counted < min || counted > max) {
      findings.add(
          Finding.MISCOUNTED, name + ": " + what + " " + counted + ", not " + min + " to " + max);
    }
  }
}
