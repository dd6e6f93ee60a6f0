package io.github.redisfanout.backplane.redis;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;

/** A locator, scripted sentinels that know each other, and what the locator reported. */
final class SentinelRig implements AutoCloseable, SentinelLocator.Events {
  static final HostAndPort A = new HostAndPort("10.0.0.1", 6379);
  static final HostAndPort B = new HostAndPort("10.0.0.2", 6379);
  static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  /** So long that only events and calls lead to a look-up. */
  static final Duration NO_POLL = Duration.ofHours(1);

  record Move(Master master, @Nullable Instant oldConfirmedUntil) {}

  final List<ScriptedSentinel> sentinels = new ArrayList<>();
  final List<Move> moves = new CopyOnWriteArrayList<>();
  final AtomicInteger doubts = new AtomicInteger();
  volatile Instant now = NOON;
  volatile Runnable onMaster = () -> {};
  SentinelLocator locator;

  /** This many sentinels, which name {@link #A} with epoch 4. */
  SentinelRig(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      ScriptedSentinel sentinel = new ScriptedSentinel("run" + i);
      sentinel.names(master(A, 4));
      sentinels.add(sentinel);
    }
    for (ScriptedSentinel sentinel : sentinels) {
      sentinel.knows(sentinels.toArray(ScriptedSentinel[]::new));
    }
  }

  static Master master(HostAndPort address, long epoch) {
    return new Master(address, "process of " + address, epoch);
  }

  ScriptedSentinel sentinel(int index) {
    return sentinels.get(index);
  }

  void allName(Master master) {
    sentinels.forEach(sentinel -> sentinel.names(master));
  }

  List<HostAndPort> addresses() {
    return sentinels.stream().map(ScriptedSentinel::address).toList();
  }

  /** Starts a locator that knows all sentinels and does not poll. */
  SentinelRig start() {
    return start(addresses(), NO_POLL);
  }

  SentinelRig start(List<HostAndPort> configured, Duration pollInterval) {
    return start(configured, pollInterval, DefaultJedisClientConfig.builder());
  }

  SentinelRig start(
      List<HostAndPort> configured,
      Duration pollInterval,
      DefaultJedisClientConfig.Builder config) {
    locator =
        new SentinelLocator(
            ScriptedSentinel.MASTER_NAME, configured, config.build(), pollInterval, clock(), this);
    locator.start();
    return this;
  }

  void awaitSubscribed() {
    await().until(() -> sentinels.stream().allMatch(sentinel -> sentinel.subscribers() == 1));
  }

  /** Until the look-ups that follow subscribing have ended. */
  void awaitQuiet() {
    awaitSubscribed();
    locator.locate();
    locator.locate();
  }

  /** Locates until all sentinels have confirmed the master as of this time. */
  void awaitConfirmed(Instant until) {
    await()
        .ignoreExceptions() // a loaded machine may not answer in time
        .until(
            () -> {
              locator.locate();
              return until.equals(locator.located().confirmedUntil());
            });
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public Instant instant() {
        return now;
      }

      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }
    };
  }

  @Override
  public void onMaster(Master master, @Nullable Instant oldConfirmedUntil) {
    moves.add(new Move(master, oldConfirmedUntil));
    onMaster.run();
  }

  @Override
  public void onDoubt() {
    doubts.incrementAndGet();
  }

  @Override
  public void close() throws IOException {
    if (locator != null) {
      locator.close();
    }
    for (ScriptedSentinel sentinel : sentinels) {
      sentinel.close();
    }
  }
}
