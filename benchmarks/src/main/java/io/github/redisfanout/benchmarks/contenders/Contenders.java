package io.github.redisfanout.benchmarks.contenders;

import java.util.LinkedHashMap;
import java.util.Map;

/** All contenders by the names that the command line and the report use. */
public final class Contenders {
  private Contenders() {}

  public static Map<String, Contender.Factory> all() {
    Map<String, Contender.Factory> all = new LinkedHashMap<>();
    all.put("redis-fanout", RedisFanoutContender::start);
    all.put("jedis", JedisContender::start);
    all.put("lettuce", LettuceContender::start);
    all.put("redisson", RedissonContender::start);
    all.put("spring-data-redis", SpringContender::start);
    all.put("ceiling", CeilingContender::start);
    return all;
  }
}
