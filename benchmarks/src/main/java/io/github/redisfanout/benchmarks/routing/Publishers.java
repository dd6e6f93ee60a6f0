package io.github.redisfanout.benchmarks.routing;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.ForcedRoute;
import io.github.redisfanout.JacksonPayloadEncoder;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Routing;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.benchmarks.Waits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;

/**
 * Publishers with a connection and a thread each, which together keep Redis busy: each always has a
 * number of messages under way.
 */
final class Publishers implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final int underWay;
  private final List<Backplane> backplanes = new ArrayList<>();
  private final Map<Contender, List<Way>> ways = new EnumMap<>(Contender.class);
  private final ExecutorService threads;

  /** {@code json} is the payload of all messages. */
  Publishers(String redisUri, FanoutConfig.Builder config, int count, int underWay, String json) {
    this.underWay = underWay;
    threads = Executors.newFixedThreadPool(count);
    FanoutConfig broadcast = config.routing(Routing.BROADCAST).build();
    FanoutConfig adaptive = config.routing(Routing.ADAPTIVE).build();
    RedisConfig patient = RedisConfig.builder().publishTimeout(LIMIT.dividedBy(2)).build();
    for (int i = 0; i < count; i++) {
      Backplane backplane = new RedisBackplane(RedisEndpoint.of(redisUri), patient);
      backplane.startPublishing();
      backplanes.add(backplane);
      Way decided = library(backplane, adaptive, json);
      put(Contender.BROADCAST, library(backplane, broadcast, json));
      put(Contender.TARGETED, forced(backplane, new ForcedRoute(adaptive, json)));
      put(Contender.ADAPTIVE, decided);
      put(Contender.ADAPTIVE_AGAIN, decided);
    }
  }

  private void put(Contender contender, Way way) {
    ways.computeIfAbsent(contender, any -> new ArrayList<>()).add(way);
  }

  private static Way library(Backplane backplane, FanoutConfig config, String json) {
    Publisher publisher =
        new Publisher(backplane, new JacksonPayloadEncoder(), config, Runnable::run);
    return (users, outcome) ->
        publisher
            .publishJson(users, json)
            .whenComplete(
                (receipt, failure) -> {
                  if (failure == null) {
                    outcome.handed(receipt.nodes());
                  } else {
                    outcome.failed(failure);
                  }
                });
  }

  private static Way forced(Backplane backplane, ForcedRoute route) {
    return (users, outcome) -> backplane.publish(route.message(users), new Answer(outcome));
  }

  private record Answer(Way.Outcome outcome) implements PublishCallback {
    @Override
    public boolean claim() {
      return true;
    }

    @Override
    public void published(PublishAnswer answer) {
      outcome.handed(answer.nodes());
    }

    @Override
    public void failed(PublishFailure failure, Throwable cause) {
      outcome.failed(new IllegalStateException(failure.toString(), cause));
    }
  }

  /** So many messages at least, so that each publisher has all that it may have under way. */
  int fewestMessages() {
    return backplanes.size() * underWay;
  }

  /**
   * Publishes messages, waits until all of them were delivered, and says what one of them took.
   *
   * @throws IllegalStateException if a message was lost
   */
  Turn run(Contender contender, Audiences audiences, int messages, Fleet fleet, Jedis jedis)
      throws Exception {
    long[] receivedBefore = fleet.received();
    long writtenBefore = fleet.written();
    Usage before = Usage.of(jedis);
    long handed = publish(ways.getOrDefault(contender, List.of()), audiences, messages);
    long toWrite = writtenBefore + (long) messages * audiences.recipients();
    Waits.until(
        messages + " messages of " + contender + " written",
        LIMIT,
        Duration.ofMillis(2),
        () -> fleet.written() >= toWrite && received(fleet, receivedBefore) >= handed);
    Usage each = Usage.of(jedis).each(before, messages);
    long[] received = fleet.received();
    long[] needed = audiences.perNode(messages, fleet.size());
    long needless = 0;
    for (int i = 0; i < received.length; i++) {
      needless += Math.max(0, received[i] - receivedBefore[i] - needed[i]);
    }
    return new Turn(
        messages,
        each,
        (double) received(fleet, receivedBefore) / messages,
        (double) needless / messages);
  }

  private static long received(Fleet fleet, long[] before) {
    return Arrays.stream(fleet.received()).sum() - Arrays.stream(before).sum();
  }

  /** Returns to how many connections they were handed, once all are answered. */
  private long publish(List<Way> publishers, Audiences audiences, int messages)
      throws InterruptedException, ExecutionException {
    LongAdder handed = new LongAdder();
    List<Future<?>> done = new ArrayList<>();
    for (int i = 0; i < publishers.size(); i++) {
      Way way = publishers.get(i);
      int first = i;
      done.add(
          threads.submit(
              () -> {
                UnderWay all =
                    new UnderWay(new Semaphore(underWay), handed, new AtomicReference<>());
                for (int next = first; next < messages; next += publishers.size()) {
                  all.free.acquireUninterruptibly();
                  way.publish(audiences.users(next), all);
                }
                all.free.acquireUninterruptibly(underWay);
                Throwable why = all.failure.get();
                if (why != null) {
                  throw new IllegalStateException("a publish failed", why);
                }
              }));
    }
    for (Future<?> each : done) {
      each.get();
    }
    return handed.sum();
  }

  /** The messages of one publisher. */
  private record UnderWay(
      Semaphore free, LongAdder handed, AtomicReference<@Nullable Throwable> failure)
      implements Way.Outcome {
    @Override
    public void handed(long connections) {
      handed.add(connections);
      free.release();
    }

    @Override
    public void failed(Throwable why) {
      failure.compareAndSet(null, why);
      free.release();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    backplanes.forEach(Backplane::close);
  }
}
