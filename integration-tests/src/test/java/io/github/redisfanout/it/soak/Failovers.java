package io.github.redisfanout.it.soak;

import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.util.List;

/** Replaces the master in every way, and lets replicas and sentinels go away. */
final class Failovers extends ServerFaults {
  private final RedisSentinels redis;

  Failovers(List<Fault> plan, RedisSentinels redis, FaultLog log) {
    super(plan, log);
    this.redis = redis;
  }

  /** Everything runs again, and all agree. */
  @Override
  void repair() {
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

  @Override
  void perform(Fault fault) throws InterruptedException {
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
}
