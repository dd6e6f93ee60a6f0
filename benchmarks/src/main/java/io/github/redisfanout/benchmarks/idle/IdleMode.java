package io.github.redisfanout.benchmarks.idle;

import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.memory.Heap;
import io.github.redisfanout.benchmarks.memory.MemoryTable;
import io.github.redisfanout.benchmarks.memory.Phase;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.List;
import java.util.Locale;

/** Idle sessions in a real container: whether pings are punctual, and what a session adds. */
public final class IdleMode implements Mode {

  @Override
  public String help() {
    return IdlePlan.HELP;
  }

  @Override
  public boolean run(Options options) throws Exception {
    IdlePlan plan = IdlePlan.of(options);
    Heap ofContainer;
    Heap ofBoth;
    Crowd.Pinged pinged;
    try (RedisProcess redis = RedisProcess.start()) {
      try (Crowd crowd = Crowd.start(plan, redis.uri(), true)) {
        Heap before = crowd.before();
        crowd.open();
        ofContainer = crowd.after().minus(before);
      }
      try (Crowd crowd = Crowd.start(plan, redis.uri(), false)) {
        Heap before = crowd.before();
        crowd.open();
        pinged = crowd.watch();
        ofBoth = crowd.after().minus(before);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%n%s, %,d sessions, %d s: %,d pings, the longest wait %.2f s of %.2f; %d waited longer, %d"
            + " ended; %.2f cores the node, %.2f the clients%n%n",
        plan.container().name(),
        plan.sessions(),
        plan.seconds(),
        pinged.pings(),
        pinged.longestSeconds(),
        plan.latestPingMillis() / 1e3,
        pinged.late(),
        pinged.ended(),
        pinged.nodeCores(),
        pinged.clientCores());
    new MemoryTable(
            plan.sessions(), List.of(new Phase("bare", ofContainer), new Phase("added", ofBoth)))
        .printClasses();
    double added = (double) (ofBoth.used() - ofContainer.used()) / plan.sessions();
    Figures figures = new Figures();
    figures.put("idle_sessions", pinged.sessions());
    figures.put("idle_pings", pinged.pings());
    figures.put("idle_longest_wait_seconds", pinged.longestSeconds());
    figures.put("idle_missed", pinged.missed());
    figures.put("idle_node_cores", pinged.nodeCores());
    figures.put("idle_client_cores", pinged.clientCores());
    figures.put("idle_container_bytes_per_session", (double) ofContainer.used() / plan.sessions());
    figures.put("idle_added_bytes_per_session", added);
    figures.put("idle_added_bytes_limit", plan.limitBytes());
    System.out.println();
    figures.print();
    return pinged.missed() == 0
        && pinged.sessions() == plan.sessions()
        && added <= plan.limitBytes();
  }
}
