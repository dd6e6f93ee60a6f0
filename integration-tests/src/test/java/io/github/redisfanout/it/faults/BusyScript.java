package io.github.redisfanout.it.faults;

import io.github.redisfanout.testkit.RedisProcess;
import java.util.concurrent.CompletableFuture;

/** A script that never ends by itself; meanwhile Redis answers most commands with BUSY. */
public final class BusyScript implements AutoCloseable {
  private final RedisProcess redis;
  private final CompletableFuture<Void> script;

  public BusyScript(RedisProcess redis) {
    this.redis = redis;
    redis.command("CONFIG", "SET", "lua-time-limit", "50");
    script = CompletableFuture.runAsync(this::runUntilKilled);
  }

  private void runUntilKilled() {
    try {
      redis.command("EVAL", "while true do end", "0");
    } catch (RuntimeException e) {
      // That is how a killed script ends.
    }
  }

  /** Kills the script; when this returns, Redis serves other clients again. */
  @Override
  public void close() {
    FaultRig.within(FaultRig.LIMIT)
        .ignoreExceptions() // Redis refuses while the script has not begun
        .until(() -> script.isDone() || "OK".equals(redis.command("SCRIPT", "KILL")));
    script.join();
    redis.command("CONFIG", "SET", "lua-time-limit", "5000");
  }
}
