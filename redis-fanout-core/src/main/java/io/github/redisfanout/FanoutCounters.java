package io.github.redisfanout;

import java.time.Duration;
import java.util.Map;

/**
 * A snapshot of all counts of a node since it was built; immutable.
 *
 * <p>The counts are read one after the other while they change. At rest: {@link #queued} = {@link
 * #delivered} + all of {@link #dropped} except {@link DropReason#LANE_FULL} + {@link #pending}.
 */
public final class FanoutCounters {
  private final long published;
  private final Duration publishTime;
  private final long publishRejected;
  private final long publishExpired;
  private final long publishUnknown;
  private final long received;
  private final long malformed;
  private final long unauthenticated;
  private final long queued;
  private final long delivered;
  private final Map<DropReason, Long> dropped;
  private final long pending;
  private final int sessions;
  private final int users;
  private final long queueHighWaterMessages;
  private final long laneHighWaterBytes;
  private final Map<Integer, Long> disconnects;
  private final long gaps;
  private final Duration missedTime;
  private final long reconnects;
  private final long userCodeFailures;
  private final long listenerEventsDropped;

  FanoutCounters(Counters live, long reconnects) {
    published = live.published.sum();
    publishTime = Duration.ofNanos(live.publishNanos.sum());
    publishRejected = live.rejected.sum();
    publishExpired = live.expired.sum();
    publishUnknown = live.unknown.sum();
    received = live.received.sum();
    malformed = live.malformed.sum();
    unauthenticated = live.unauthenticated.sum();
    // Read before what was queued, or more could seem settled than was queued.
    delivered = live.delivered.sum();
    dropped = live.droppedByReason();
    queued = live.queued.sum();
    pending = Math.max(0, queued - delivered - droppedBySessions());
    sessions = live.sessions.get();
    users = Math.max(0, live.users.get()); // coming and going at once may be counted out of order
    queueHighWaterMessages = live.queueMessages.value();
    laneHighWaterBytes = live.laneBytes.value();
    disconnects = live.disconnectsByCode();
    gaps = live.gaps.sum();
    missedTime = Duration.ofMillis(live.missedMillis.sum());
    this.reconnects = reconnects;
    userCodeFailures = live.userCodeFailures.sum();
    listenerEventsDropped = live.listenerEventsDropped.sum();
  }

  /** Without {@link DropReason#LANE_FULL}: those were never handed to a session. */
  private long droppedBySessions() {
    return dropped.entrySet().stream()
        .filter(entry -> entry.getKey() != DropReason.LANE_FULL)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Messages that Redis took. */
  public long published() {
    return published;
  }

  /** How long publishing them took in all, each from {@code publish} to Redis' answer. */
  public Duration publishTime() {
    return publishTime;
  }

  /** Publishes refused after they were accepted as valid. */
  public long publishRejected() {
    return publishRejected;
  }

  /** Publishes that waited too long and were never sent. */
  public long publishExpired() {
    return publishExpired;
  }

  /** Publishes that were sent and got no answer. */
  public long publishUnknown() {
    return publishUnknown;
  }

  /** Messages that came from Redis, malformed and unauthenticated ones included. */
  public long received() {
    return received;
  }

  /** Messages that broke the wire format. */
  public long malformed() {
    return malformed;
  }

  /** Messages that {@link FanoutConfig.Builder#authentication} refused. */
  public long unauthenticated() {
    return unauthenticated;
  }

  /** Messages handed to sessions, each counted once per session. */
  public long queued() {
    return queued;
  }

  /** Messages that a transport has written. */
  public long delivered() {
    return delivered;
  }

  /** Messages that did not reach a session, by reason; every reason is a key. Unmodifiable. */
  public Map<DropReason, Long> dropped() {
    return dropped;
  }

  /** Messages handed to sessions and neither delivered nor dropped so far. */
  public long pending() {
    return pending;
  }

  /** Open sessions. */
  public int sessions() {
    return sessions;
  }

  /** Users who have a session on this node. */
  public int users() {
    return users;
  }

  /**
   * The most messages that waited for one session, behind the one being written, in the last one to
   * two minutes.
   */
  public long queueHighWaterMessages() {
    return queueHighWaterMessages;
  }

  /** The most bytes that waited in one lane in the last one to two minutes. */
  public long laneHighWaterBytes() {
    return laneHighWaterBytes;
  }

  /** Sessions closed by this side, by close code. Unmodifiable. */
  public Map<Integer, Long> disconnects() {
    return disconnects;
  }

  /** Gaps reported to the listener. */
  public long gaps() {
    return gaps;
  }

  /** How long the gaps lasted in all, without overloads, in which messages came. */
  public Duration missedTime() {
    return missedTime;
  }

  /** How often receiving was established again. */
  public long reconnects() {
    return reconnects;
  }

  /** Exceptions thrown by a listener, registry, transport or context propagator. */
  public long userCodeFailures() {
    return userCodeFailures;
  }

  /** Events that the listener was too slow for. */
  public long listenerEventsDropped() {
    return listenerEventsDropped;
  }

  @Override
  public String toString() {
    return "FanoutCounters(published %s, received %s, delivered %s, dropped %s, sessions %s)"
        .formatted(published, received, delivered, dropped, sessions);
  }
}
