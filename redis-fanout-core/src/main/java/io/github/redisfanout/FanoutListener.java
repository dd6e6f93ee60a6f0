package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;

/**
 * Called on rare events of a node; every method does nothing unless overridden.
 *
 * <p>One event at a time, in order, on a thread of the node. Up to 1,000 events wait; others are
 * dropped and counted in {@link FanoutCounters#listenerEventsDropped}. What a method throws is
 * logged.
 */
public interface FanoutListener {

  /** Receiving changed its state; {@code reason} says why it is not UP. */
  default void onReceiving(ConnectionState state, String reason) {}

  /** Publishing changed its state; {@code reason} says why it is not UP. */
  default void onPublishing(ConnectionState state, String reason) {}

  /**
   * Something about the server that an operator should know, such as a failover. Kinds that repeat
   * are reported at most once in 10 s; {@link FanoutCounters#backplaneEvents} counts all.
   */
  default void onBackplaneEvent(BackplaneEvent event) {}

  /**
   * This node may have missed messages; see {@link FanoutConfig.Builder#gapNotice}. An overload is
   * reported about once a second for each lane.
   */
  default void onGap(Gap gap) {}

  /**
   * A received message broke the wire format and was skipped; {@code rule} has no content. Called
   * at most once in 10 s for each rule; {@link FanoutCounters#malformed} counts all.
   */
  default void onMalformedMessage(String rule) {}

  /**
   * A received message does not reach all of its recipients.
   *
   * <p>An element of {@code target_user_ids} is not a user id, or the message has no {@code
   * target_user_ids}; {@code rule} says which, without content. Called at most once in 10 s for
   * each of the two; {@link FanoutCounters#undeliverableIds} and {@link
   * FanoutCounters#addressedToNobody} count all.
   */
  default void onUndeliverable(String rule) {}

  /**
   * {@link FanoutConfig.Builder#authentication} refused a message; {@code rule} says why, without
   * content. Called at most once in 10 s; {@link FanoutCounters#unauthenticated} counts all. Either
   * a party without the key can publish on the channel, or a node has another key or a wrong clock.
   */
  default void onUnauthenticatedMessage(String rule) {}

  /**
   * A received message that asks to disconnect sessions, or to change their groups, was refused.
   *
   * <p>It is not signed although {@link FanoutConfig.Builder#authentication} is set, {@link
   * FanoutConfig.Builder#acceptControl} is false, or this version does not know it; {@code rule}
   * says which. Called at most once in 10 s for each; {@link FanoutCounters#controlRefused} counts
   * all.
   */
  default void onControlRefused(String rule) {}

  /**
   * A user who had no session on any node has one. Only with {@link
   * FanoutConfig.Builder#trackPresence}, on each node that has it.
   *
   * <p>At most once: after a {@linkplain #onGap gap} ask {@link Presence#online} again. The events
   * of some hundreds of users may wait, and be dropped, as one.
   */
  default void onUserOnline(String userId) {}

  /**
   * A user has no session on any node any more: since 10 s, or because a node was lost or closed.
   * See {@link #onUserOnline}.
   */
  default void onUserOffline(String userId) {}

  /** This node closed a session. Not called when the client left. */
  default void onDisconnect(FanoutSession session, Disconnect why) {}
}
