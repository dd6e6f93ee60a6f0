package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.BackplaneStatus;
import java.time.Duration;
import java.util.Map;

/**
 * A snapshot of all counts of a node since it was built; immutable.
 *
 * <p>Not atomic: the counts change while they are read. At rest, {@link #queued} = {@link
 * #delivered} + all of {@link #dropped} except {@link DropReason#LANE_FULL} + {@link #pending}.
 */
public final class FanoutCounters {
  private final long published;
  private final Duration publishTime;
  private final long publishRejected;
  private final long publishExpired;
  private final long publishUnknown;
  final long refused; // the rejected ones without those after the close began
  private final long targeted;
  private final Map<CommonReason, Long> common;
  private final long received;
  private final long malformed;
  private final long unauthenticated;
  private final long addressedToNobody;
  private final long undeliverableIds;
  private final long undeliverableMessages;
  private final long controlTaken;
  private final long controlRefused;
  private final long joins;
  private final long queued;
  private final long delivered;
  private final Map<DropReason, Long> dropped;
  private final long pending;
  private final int sessions;
  private final int closing;
  private final int users;
  private final long queueHighWaterMessages;
  private final long laneHighWaterBytes;
  private final Map<Integer, Long> disconnects;
  private final Map<HandshakeRefusal, Long> handshakesRefused;
  private final long gaps;
  private final Duration missedTime;
  private final long reconnects;
  private final Map<BackplaneEvent.Kind, Long> backplaneEvents;
  private final long presenceFailures;
  private final long blockedWrites;
  private final long userCodeFailures;
  private final long listenerEventsDropped;

  FanoutCounters(Counters live, BackplaneStatus backplane) {
    this(live, backplane.reconnects(), backplane.events());
  }

  FanoutCounters(Counters live, long reconnects, Map<BackplaneEvent.Kind, Long> backplaneEvents) {
    published = live.published.sum();
    publishTime = Duration.ofNanos(live.publishNanos.sum());
    refused = live.rejected.sum();
    publishRejected = refused + live.publishedTooLate.sum();
    publishExpired = live.expired.sum();
    publishUnknown = live.unknown.sum();
    targeted = live.targeted.sum();
    common = live.commonByReason();
    received = live.received.sum();
    malformed = live.malformed.sum();
    unauthenticated = live.unauthenticated.sum();
    addressedToNobody = live.addressedToNobody.sum();
    undeliverableIds = live.undeliverableIds.sum();
    undeliverableMessages = live.undeliverableMessages.sum();
    controlTaken = live.controlTaken.sum();
    controlRefused = live.controlRefused.sum();
    joins = live.joins.sum();
    // Read before queued, so that no message seems delivered before it was queued.
    delivered = live.delivered.sum();
    dropped = live.droppedByReason();
    queued = live.queued.sum();
    pending = live.pending();
    sessions = live.sessions.get();
    closing = live.closing.count();
    users = Math.max(0, live.users.get()); // changes at the same time may be counted out of order
    queueHighWaterMessages = live.queueMessages.value();
    laneHighWaterBytes = live.laneBytes.value();
    disconnects = live.disconnectsByCode();
    handshakesRefused = live.handshakesRefusedByReason();
    gaps = live.gaps.sum();
    missedTime = Duration.ofMillis(live.missedMillis.sum());
    this.reconnects = reconnects;
    this.backplaneEvents = backplaneEvents;
    presenceFailures = live.presenceFailures.sum();
    blockedWrites = live.blockedWrites.sum();
    userCodeFailures = live.userCodeFailures.sum();
    listenerEventsDropped = live.listenerEventsDropped.sum();
  }

  /** Messages that Redis took. */
  public long published() {
    return published;
  }

  /** The total time of these publishes, from the call to Redis' answer. */
  public Duration publishTime() {
    return publishTime;
  }

  /** Publishes refused after they were accepted as valid. */
  public long publishRejected() {
    return publishRejected;
  }

  /** Publishes that were never sent within the publish timeout. */
  public long publishExpired() {
    return publishExpired;
  }

  /** Publishes that were sent and got no answer. */
  public long publishUnknown() {
    return publishUnknown;
  }

  /** Of the {@link #published} ones, those that went out on the channels of their recipients. */
  public long targeted() {
    return targeted;
  }

  /**
   * Of the {@link #published} ones, those that took the common channel, by reason; every reason is
   * a key. Unmodifiable. With {@link Routing#BROADCAST} nothing is counted here.
   */
  public Map<CommonReason, Long> common() {
    return common;
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

  /**
   * Messages that name nobody, in {@code target_user_ids} and {@code to}; no node delivers them.
   * {@link FanoutListener#onUndeliverable} is called if both are absent.
   */
  public long addressedToNobody() {
    return addressedToNobody;
  }

  /**
   * Elements of {@code target_user_ids} and {@code to} that are no user id, and no name of a group.
   * The message goes to the others; see {@link FanoutListener#onUndeliverable}.
   */
  public long undeliverableIds() {
    return undeliverableIds;
  }

  /**
   * Messages that reached nobody here: this version does not understand whom they are for, or they
   * came on the channel of a user or group that they do not name.
   */
  public long undeliverableMessages() {
    return undeliverableMessages;
  }

  /** Messages that disconnect sessions or change their groups, and were accepted. */
  public long controlTaken() {
    return controlTaken;
  }

  /**
   * Those that were refused, see {@link FanoutListener#onControlRefused}; and sessions that did not
   * join a group because they are in {@link FanoutConfig.Builder#maxGroupsPerSession}.
   */
  public long controlRefused() {
    return controlRefused;
  }

  /** How many times a session joined a group. */
  public long joins() {
    return joins;
  }

  /** Messages for sessions of this node, each counted once per session. */
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

  /** Messages that wait in a lane or a session, not yet delivered or dropped. */
  public long pending() {
    return pending;
  }

  /** Open sessions. */
  public int sessions() {
    return sessions;
  }

  /**
   * Connections that are still open although their session has ended, now. Only those that the
   * adapter knows of, see {@link Transport#isClosing}.
   */
  public int closing() {
    return closing;
  }

  /** Users who have a session on this node. */
  public int users() {
    return users;
  }

  /** The most messages that waited for one session in the last one to two minutes. */
  public long queueHighWaterMessages() {
    return queueHighWaterMessages;
  }

  /** The most bytes that waited in one lane in the last one to two minutes. */
  public long laneHighWaterBytes() {
    return laneHighWaterBytes;
  }

  /** Sessions that this node closed, by close code. Unmodifiable. */
  public Map<Integer, Long> disconnects() {
    return disconnects;
  }

  /**
   * Clients that were refused before they had a session, by reason. Every reason is a key.
   * Unmodifiable.
   */
  public Map<HandshakeRefusal, Long> handshakesRefused() {
    return handshakesRefused;
  }

  /** Gaps reported to the listener. */
  public long gaps() {
    return gaps;
  }

  /** The total length of the gaps, without overloads. */
  public Duration missedTime() {
    return missedTime;
  }

  /** How often receiving was re-established. */
  public long reconnects() {
    return reconnects;
  }

  /** Failovers and other events of the server, by kind; a kind that never happened is absent. */
  public Map<BackplaneEvent.Kind, Long> backplaneEvents() {
    return backplaneEvents;
  }

  /**
   * Writes of {@link FanoutConfig.Builder#trackPresence} that failed, and are repeated until they
   * succeed.
   */
  public long presenceFailures() {
    return presenceFailures;
  }

  /**
   * Calls of {@link Transport#write} that blocked for a second, or for the {@linkplain
   * FanoutConfig.Builder#writeTimeout write timeout} if that is shorter.
   */
  public long blockedWrites() {
    return blockedWrites;
  }

  /**
   * Exceptions thrown by a listener, registry, transport, context propagator, or {@link
   * FanoutConfig.Builder#groupsOf}.
   */
  public long userCodeFailures() {
    return userCodeFailures;
  }

  /** Listener events dropped because the listener was too slow. */
  public long listenerEventsDropped() {
    return listenerEventsDropped;
  }

  @Override
  public String toString() {
    return "FanoutCounters(published %s, received %s, delivered %s, dropped %s, sessions %s)"
        .formatted(published, received, delivered, dropped, sessions);
  }
}
