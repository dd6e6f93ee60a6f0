package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.benchmarks.soak.books.Books;
import io.github.redisfanout.benchmarks.soak.books.Finding;
import io.github.redisfanout.benchmarks.soak.books.Findings;

/** A node from its start to its close, and its audit afterwards. Thread-safe. */
final class Life {
  private final String name;
  private final RedisFanout fanout;
  private final Tally tally = new Tally();

  Life(String name, int node, RedisEndpoint endpoint, FanoutConfig config, Books books) {
    this.name = name;
    RedisFanout.Builder builder = RedisFanout.builder(endpoint).config(config);
    if (node == 1) {
      builder.callbackExecutor(Runnable::run); // ours do not block
    }
    fanout =
        builder
            .listener(
                new FanoutListener() {
                  @Override
                  public void onGap(Gap gap) {
                    books.gap(node, gap);
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

  /** Compares the node's counters with each other and with what this side has counted. */
  void audit(Findings findings) {
    FanoutCounters counters = fanout.counters();
    long dropped = 0;
    for (DropReason reason : DropReason.values()) {
      dropped += reason == DropReason.LANE_FULL ? 0 : dropped(reason);
    }
    expect(findings, "malformed", counters.malformed(), 0);
    expect(findings, "sessions", counters.sessions(), 0);
    expect(findings, "pending", counters.pending(), 0);
    expect(findings, "queued", counters.queued(), counters.delivered() + dropped);
    expect(findings, "gaps", counters.gaps(), tally.gaps.sum());
    expect(findings, "listener events dropped", counters.listenerEventsDropped(), 0);
    expect(findings, "failures of user code", counters.failuresOfUserCode(), tally.thrown.sum());
    long disconnects = counters.disconnects().values().stream().mapToLong(n -> n).sum();
    expect(findings, "disconnects", disconnects, tally.disconnects.sum());
    long sessions = tally.sessions.sum();
    long closed = tally.closed.sum();
    if (closed > sessions || closed < sessions - tally.left.sum()) {
      findings.add(Finding.MISCOUNTED, name + ": closed " + closed + " transports of " + sessions);
    }
    // A session that ended may have had a write under way: the client has it, the node dropped it.
    long written = tally.written.sum();
    long delivered = counters.delivered();
    if (delivered > written || delivered < written - sessions) {
      findings.add(
          Finding.MISCOUNTED,
          name + ": delivered " + delivered + ", clients were written to " + written + " times");
    }
  }

  long dropped(DropReason reason) {
    return fanout.counters().dropped().getOrDefault(reason, 0L);
  }

  private void expect(Findings findings, String what, long counted, long expected) {
    if (counted != expected) {
      findings.add(
          Finding.MISCOUNTED, name + ": " + what + " " + counted + " instead of " + expected);
    }
  }
}
