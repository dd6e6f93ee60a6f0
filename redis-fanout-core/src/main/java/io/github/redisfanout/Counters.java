package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.PublishFailure;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The live counts of a node, see {@link FanoutCounters}; thread-safe. */
final class Counters {
  final LongAdder published = new LongAdder();
  final LongAdder publishNanos = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder unknown = new LongAdder();

  /** Publishes after the close began, which are rejected, too. */
  final LongAdder publishedTooLate = new LongAdder();

  final LongAdder targeted = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder malformed = new LongAdder();
  final LongAdder unauthenticated = new LongAdder();
  final LongAdder addressedToNobody = new LongAdder();
  final LongAdder undeliverableIds = new LongAdder();
  final LongAdder undeliverableMessages = new LongAdder();
  final LongAdder controlTaken = new LongAdder();
  final LongAdder controlRefused = new LongAdder();
  final LongAdder joins = new LongAdder();
  final LongAdder queued = new LongAdder();

  /** Of these, the ones that a lane has not handed to their session yet. */
  final LongAdder inLanes = new LongAdder();

  final LongAdder delivered = new LongAdder();
  final LongAdder gaps = new LongAdder();
  final LongAdder missedMillis = new LongAdder();
  final LongAdder presenceFailures = new LongAdder();
  final LongAdder blockedWrites = new LongAdder();
  final LongAdder userCodeFailures = new LongAdder();
  final LongAdder listenerEventsDropped = new LongAdder();
  final AtomicInteger sessions = new AtomicInteger();
  final AtomicInteger users = new AtomicInteger();
  final Closing closing = new Closing(userCodeFailures);

  /** Messages that waited for one session. */
  final HighWater queueMessages = new HighWater();

  /** Bytes that waited in one lane. */
  final HighWater laneBytes = new HighWater();

  // These have every key from the beginning, so they are only read and need no lock.
  private final Map<DropReason, LongAdder> dropped = new EnumMap<>(DropReason.class);
  private final Map<HandshakeRefusal, LongAdder> refusals = new EnumMap<>(HandshakeRefusal.class);
  private final Map<CommonReason, LongAdder> common = new EnumMap<>(CommonReason.class);
  private final Map<Integer, LongAdder> disconnects = new ConcurrentHashMap<>();

  Counters() {
    for (HandshakeRefusal reason : HandshakeRefusal.values()) {
      refusals.put(reason, new LongAdder());
    }
    for (DropReason reason : DropReason.values()) {
      dropped.put(reason, new LongAdder());
    }
    for (CommonReason reason : CommonReason.values()) {
      common.put(reason, new LongAdder());
    }
  }

  void publishFailed(PublishFailure failure) {
    switch (failure) {
      case REJECTED -> rejected.increment();
      case EXPIRED -> expired.increment();
      case UNKNOWN -> unknown.increment();
    }
  }

  void common(CommonReason reason) {
    requireNonNull(common.get(reason)).increment();
  }

  Map<CommonReason, Long> commonByReason() {
    return sums(CommonReason.class, common);
  }

  void dropped(DropReason reason, long messages) {
    if (messages > 0) {
      requireNonNull(dropped.get(reason)).add(messages);
    }
  }

  Map<DropReason, Long> droppedByReason() {
    return sums(DropReason.class, dropped);
  }

  void handshakeRefused(HandshakeRefusal reason) {
    requireNonNull(refusals.get(reason)).increment();
  }

  Map<HandshakeRefusal, Long> handshakesRefusedByReason() {
    return sums(HandshakeRefusal.class, refusals);
  }

  private static <K extends Enum<K>> Map<K, Long> sums(Class<K> keys, Map<K, LongAdder> live) {
    Map<K, Long> counts = new EnumMap<>(keys);
    live.forEach((reason, count) -> counts.put(reason, count.sum()));
    return Collections.unmodifiableMap(counts);
  }

  void gap(Gap gap) {
    gaps.increment();
    if (gap.cause() != Gap.Cause.OVERLOAD) {
      missedMillis.add(Duration.between(gap.from(), gap.until()).toMillis());
    }
  }

  void disconnected(int code) {
    disconnects.computeIfAbsent(code, c -> new LongAdder()).increment();
  }

  Map<Integer, Long> disconnectsByCode() {
    Map<Integer, Long> counts = new TreeMap<>();
    disconnects.forEach((code, count) -> counts.put(code, count.sum()));
    return Collections.unmodifiableMap(counts);
  }

  /** Messages that wait in sessions only; roughly, as a lane's present message counts for both. */
  long pendingInSessions() {
    return pending() - inLanes.sum();
  }

  /** Messages queued and not yet written or dropped; not exact under load. */
  long pending() {
    long settled = delivered.sum();
    for (Map.Entry<DropReason, LongAdder> entry : dropped.entrySet()) {
      // What a full lane drops was never queued.
      settled += entry.getKey() == DropReason.LANE_FULL ? 0 : entry.getValue().sum();
    }
    return Math.max(0, queued.sum() - settled);
  }
}
