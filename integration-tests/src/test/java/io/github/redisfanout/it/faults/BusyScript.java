package io.github.redisfanout.it.faults;

import io.github.redisfanout.testkit.RedisProcess;

/** A script that never ends by itself; meanwhile Redis answers most commands with BUSY. */
public final class BusyScript implements AutoCloseable {
  private final RedisProcess redis;

  /** When this returns, Redis is busy. */
  public BusyScript(RedisProcess redis) {
    this.redis = redis;
    redis.command("CONFIG", "SET", "lua-time-limit", "50");
    Thread thread = new Thread(this::run, "busy-script");
    thread.setDaemon(true);
    thread.start();
    FaultRig.within(FaultRig.LIMIT).until(() -> !answers());
  }

  private void run() {
    try {
      redis.command("EVAL", "while true do end", "0");
    } catch (RuntimeException e) {
      // A killed script ends like this. It goes on when only this thread no longer waits for it.
    }
  }

  private boolean answers() {
    try {
      redis.command("PING");
      return true;
    } catch (IllegalStateException busy) {
      return false;
    }
  }

  /** Kills the script; when this returns, Redis serves other clients again. */
  @Override
  public void close() {
    FaultRig.within(FaultRig.LIMIT)
        .ignoreExceptions() // none may be left to kill
        .until(() -> answers() || "OK".equals(redis.command("SCRIPT", "KILL")));
    FaultRig.within(FaultRig.LIMIT).until(this::answers);
    redis.command("CONFIG", "SET", "lua-time-limit", "5000");
  }
}
