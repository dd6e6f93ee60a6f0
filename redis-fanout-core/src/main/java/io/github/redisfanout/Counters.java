package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.PublishOutcome;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Where a node counts; thread-safe. */
final class Counters {
  /** Publishes that Redis took, and how long that took in all, in nanoseconds. */
  final LongAdder published = new LongAdder();

  final LongAdder publishNanos = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder malformed = new LongAdder();
  final LongAdder unauthenticated = new LongAdder();
  final LongAdder queued = new LongAdder();
  final LongAdder delivered = new LongAdder();
  private final LongAdder gaps = new LongAdder();
  private final LongAdder deafMillis = new LongAdder();
  final LongAdder failuresOfUserCode = new LongAdder();

  /** Publishes to a publisher that was closed; they are among the rejected ones. */
  final LongAdder publishedTooLate = new LongAdder();

  final LongAdder listenerEventsDropped = new LongAdder();
  final AtomicInteger sessions = new AtomicInteger();
  final AtomicInteger users = new AtomicInteger();

  /** Messages that waited for one session, behind the one on its way. */
  final HighWater queueMessages = new HighWater();

  /** Bytes that waited in one lane. */
  final HighWater laneBytes = new HighWater();

  private final Map<PublishOutcome, LongAdder> failed = adders(PublishOutcome.class);
  private final Map<DropReason, LongAdder> dropped = adders(DropReason.class);
  private final Map<Integer, LongAdder> disconnects = new ConcurrentHashMap<>();

  // Every key is there from the beginning, so the map is only read and needs no lock.
  private static <K extends Enum<K>> Map<K, LongAdder> adders(Class<K> keys) {
    Map<K, LongAdder> adders = new EnumMap<>(keys);
    for (K key : keys.getEnumConstants()) {
      adders.put(key, new LongAdder());
    }
    return adders;
  }

  void publishFailed(PublishOutcome outcome) {
    adder(failed, outcome).increment();
  }

  void dropped(DropReason reason, long messages) {
    if (messages > 0) { // nearly always nothing is
      adder(dropped, reason).add(messages);
    }
  }

  private static <K> LongAdder adder(Map<K, LongAdder> adders, K key) {
    return requireNonNull(adders.get(key));
  }

  void gap(Gap gap) {
    gaps.increment();
    if (gap.cause() != Gap.Cause.OVERLOAD) { // then messages came, and were too many
      deafMillis.add(Duration.between(gap.from(), gap.until()).toMillis());
    }
  }

  void disconnected(int code) {
    disconnects.computeIfAbsent(code, c -> new LongAdder()).increment();
  }

  /** Messages that sessions have and that are neither written nor dropped; not exact under load. */
  long pending() {
    long settled = delivered.sum();
    for (DropReason reason : DropReason.values()) {
      // What a full lane drops was never handed to a session.
      settled += reason == DropReason.LANE_FULL ? 0 : adder(dropped, reason).sum();
    }
    return Math.max(0, queued.sum() - settled);
  }

  FanoutCounters snapshot(long reconnects) {
    Map<DropReason, Long> droppedByReason = new EnumMap<>(DropReason.class);
    long settled = delivered.sum();
    for (DropReason reason : DropReason.values()) {
      long count = adder(dropped, reason).sum();
      droppedByReason.put(reason, count);
      // What a full lane drops was never handed to a session.
      settled += reason == DropReason.LANE_FULL ? 0 : count;
    }
    long handed = queued.sum();
    Map<Integer, Long> disconnectsByCode = new TreeMap<>();
    disconnects.forEach((code, count) -> disconnectsByCode.put(code, count.sum()));
    return new FanoutCounters(
        published.sum(),
        Duration.ofNanos(publishNanos.sum()),
        adder(failed, PublishOutcome.REJECTED).sum(),
        adder(failed, PublishOutcome.EXPIRED).sum(),
        adder(failed, PublishOutcome.UNKNOWN).sum(),
        received.sum(),
        malformed.sum(),
        unauthenticated.sum(),
        handed,
        delivered.sum(),
        Map.copyOf(droppedByReason),
        Math.max(0, handed - settled),
        sessions.get(),
        Math.max(0, users.get()), // who comes and goes at once may be counted in the other order
        queueMessages.value(),
        laneBytes.value(),
        Map.copyOf(disconnectsByCode),
        gaps.sum(),
        Duration.ofMillis(deafMillis.sum()),
        reconnects,
        failuresOfUserCode.sum(),
        listenerEventsDropped.sum());
  }
}
