package io.github.redisfanout;

import java.time.Duration;
import java.util.Map;

/**
 * A snapshot of all counts of a node since it was built.
 *
 * <p>The counts are read one after the other while they change. At rest: {@code queued} = {@code
 * delivered} + all of {@code dropped} except {@link DropReason#LANE_FULL} + {@code pending}.
 *
 * @param published messages that Redis took
 * @param publishTime what that took in all, each from {@code publish} to Redis' answer
 * @param publishRejected publishes refused after they were accepted as valid
 * @param publishExpired publishes that waited too long
 * @param publishUnknown publishes without an answer
 * @param received messages that came, also those that were not taken
 * @param malformed messages that broke the wire format
 * @param unauthenticated messages that {@link FanoutConfig.Builder#authentication} refused
 * @param queued messages handed to sessions, each counted once per session
 * @param delivered messages that a transport has written
 * @param dropped messages that did not reach a session, by reason; every reason is a key
 * @param pending messages handed to sessions and not yet delivered or dropped
 * @param sessions open sessions
 * @param users users who have a session in the registry
 * @param queueHighWaterMessages the most messages that waited for one session, behind the one on
 *     its way, in the last one to two minutes
 * @param laneHighWaterBytes the most bytes that waited in one lane in the last one to two minutes
 * @param disconnects sessions closed by this side, by close code
 * @param gaps gaps told
 * @param deaf how long the gaps lasted in all; without overloads, in which messages came
 * @param reconnects how often receiving was established again
 * @param failuresOfUserCode exceptions thrown by a listener, registry, transport or context
 *     propagator
 * @param listenerEventsDropped events that the listener was too slow for
 */
public record FanoutCounters(
    long published,
    Duration publishTime,
    long publishRejected,
    long publishExpired,
    long publishUnknown,
    long received,
    long malformed,
    long unauthenticated,
    long queued,
    long delivered,
    Map<DropReason, Long> dropped,
    long pending,
    int sessions,
    int users,
    long queueHighWaterMessages,
    long laneHighWaterBytes,
    Map<Integer, Long> disconnects,
    long gaps,
    Duration deaf,
    long reconnects,
    long failuresOfUserCode,
    long listenerEventsDropped) {}
