package io.github.redisfanout.benchmarks.fence;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.Fencing;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisException;

/**
 * CPU time of Redis for a message, with and without the fence, handed over 1, 10 and 100 at a time,
 * to two subscribers. The first of them may go out alone, so there are more transactions. The
 * second contender without the fence shows the noise.
 */
public final class FenceMode implements Mode {
  private static final String CHANNEL = "fence";
  private static final int MESSAGE_BYTES = 450;
  private static final List<Integer> BATCHES = List.of(1, 10, 100);
  private static final List<String> CONTENDERS = List.of("plain", "fenced", "plain again");

  @Override
  public String help() {
    return "what the fence costs Redis --messages 20000 --rounds 5";
  }

  @Override
  public boolean run(Options options) throws Exception {
    int messages = options.number("messages", 20_000);
    int rounds = options.number("rounds", 5);
    options.checkAllKnown();
    try (RedisProcess redis = RedisProcess.start();
        Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
      for (int i = 0; i < 2; i++) {
        subscribe(redis);
      }
      System.out.println("batch  contender    us of Redis a message  messages/s  transactions");
      for (int batch : BATCHES) {
        List<List<double[]>> results = new ArrayList<>();
        CONTENDERS.forEach(contender -> results.add(new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
          for (int i = 0; i < CONTENDERS.size(); i++) {
            results.get(i).add(measure(redis, jedis, i == 1, batch, messages));
          }
        }
        for (int i = 0; i < CONTENDERS.size(); i++) {
          System.out.printf(
              Locale.ROOT,
              "%5d  %-11s  %21.2f  %10.0f  %12.0f%n",
              batch,
              CONTENDERS.get(i),
              median(results.get(i), 0),
              median(results.get(i), 1),
              median(results.get(i), 2));
        }
      }
    }
    return true;
  }

  private static void subscribe(RedisProcess redis) throws InterruptedException {
    CountDownLatch subscribed = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
                jedis.subscribe(
                    new JedisPubSub() {
                      @Override
                      public void onSubscribe(String channel, int count) {
                        subscribed.countDown();
                      }
                    },
                    CHANNEL);
              } catch (JedisException e) {
                // Redis has been closed.
              }
            });
    thread.setDaemon(true);
    thread.start();
    subscribed.await();
  }

  /** CPU time in microseconds a message, messages a second, transactions. */
  private static double[] measure(
      RedisProcess redis, Jedis jedis, boolean fenced, int batch, int messages) throws Exception {
    RedisConfig config =
        RedisConfig.builder()
            .fencing(fenced ? Fencing.AUTO : Fencing.OFF)
            .probeInterval(Duration.ZERO)
            .build();
    try (RedisBackplane backplane = new RedisBackplane(RedisEndpoint.of(redis.uri()), config)) {
      backplane.startPublishing();
      publish(backplane, batch, messages / 4); // warm-up
      jedis.configResetStat();
      double cpu = cpuSeconds(jedis);
      long start = System.nanoTime();
      publish(backplane, batch, messages);
      double seconds = (System.nanoTime() - start) / 1e9;
      double used = cpuSeconds(jedis) - cpu;
      return new double[] {
        used * 1e6 / messages,
        messages / seconds,
        number(jedis, "commandstats", "cmdstat_exec:calls=")
      };
    }
  }

  private static void publish(RedisBackplane backplane, int batch, int messages) throws Exception {
    byte[] bytes = new byte[MESSAGE_BYTES];
    for (int sent = 0; sent < messages; sent += batch) {
      CountDownLatch answered = new CountDownLatch(batch);
      for (int i = 0; i < batch; i++) {
        backplane.publish(new Outgoing(CHANNEL, bytes), new Answer(answered));
      }
      answered.await();
    }
  }

  private record Answer(CountDownLatch answered) implements PublishCallback {
    @Override
    public boolean claim() {
      return true;
    }

    @Override
    public void published(PublishAnswer answer) {
      answered.countDown();
    }

    @Override
    public void failed(PublishFailure failure, Throwable cause) {
      throw new IllegalStateException("a publish failed: " + failure, cause);
    }
  }

  private static double cpuSeconds(Jedis jedis) {
    return number(jedis, "cpu", "used_cpu_user:") + number(jedis, "cpu", "used_cpu_sys:");
  }

  private static double number(Jedis jedis, String section, String name) {
    Matcher matcher =
        Pattern.compile(Pattern.quote(name) + "([0-9.]+)").matcher(jedis.info(section));
    return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
  }

  private static double median(List<double[]> results, int index) {
    List<Double> sorted = new ArrayList<>(results.stream().map(each -> each[index]).toList());
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
