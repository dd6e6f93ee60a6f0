package io.github.redisfanout.it.soak;

import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Replaces the master in every way, and lets replicas and sentinels go away. */
final class Failovers implements ServerFaults {
  private final List<Fault> plan;
  private final RedisSentinels redis;
  private final FaultLog log;
  private final Thread thread = Soak.daemon(this::run);
  private final CountDownLatch closed = new CountDownLatch(1);

  Failovers(List<Fault> plan, RedisSentinels redis, FaultLog log) {
    this.plan = plan;
    this.redis = redis;
    this.log = log;
  }

  @Override
  public void start() {
    thread.start();
  }

  @Override
  public boolean awaitEnd(Duration limit) throws InterruptedException {
    TimeUnit.NANOSECONDS.timedJoin(thread, limit.toNanos());
    return !thread.isAlive();
  }

  private void run() {
    try {
      for (Fault fault : plan) {
        last(fault.pauseMillis());
        log.perform(fault, () -> perform(fault));
        repair();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Everything runs again, and all agree. */
  private void repair() {
    for (List<RedisProcess> processes : List.of(redis.servers(), redis.sentinels())) {
      for (RedisProcess process : processes) {
        process.resume();
        if (!process.isRunning()) {
          process.restart();
        }
      }
    }
    redis.awaitAgreement(); // demotes an old master, as the sentinels would do later
  }

  private void perform(Fault fault) throws InterruptedException {
    RedisProcess master = redis.master();
    RedisProcess sentinel = redis.sentinels().get(fault.chosen(0, 2));
    switch (fault.kind()) {
      case FAILOVER -> redis.failover(); // the old master lives on
      case KILL_MASTER -> {
        master.kill();
        redis.awaitOtherMaster(master);
      }
      case FREEZE_MASTER -> {
        master.pause();
        redis.awaitOtherMaster(master);
        master.resume();
      }
      case KILL_REPLICAS ->
          redis.servers().stream().filter(each -> each != master).forEach(RedisProcess::kill);
      case STALE_SENTINEL -> {
        sentinel.kill();
        redis.failover();
        sentinel.restart();
      }
      case KILL_SENTINELS -> redis.sentinels().forEach(RedisProcess::kill);
      default -> throw new IllegalArgumentException("not of sentinels: " + fault);
    }
    last(fault.millis());
  }

  /** Returns early, by an exception, when the soak is closed. */
  private void last(long millis) throws InterruptedException {
    if (closed.await(millis, TimeUnit.MILLISECONDS)) {
      throw new InterruptedException("closed");
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed.countDown();
    thread.join();
  }
}
