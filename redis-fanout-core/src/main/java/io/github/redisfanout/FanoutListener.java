package io.github.redisfanout;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;

/**
 * Called on notable, rare events of a node; every method does nothing unless overridden.
 *
 * <p>One event at a time, in order, on a thread of the node. Up to 1,000 events wait; more are
 * dropped and counted in {@link FanoutCounters#listenerEventsDropped}. What a method throws is
 * logged and stops nothing.
 */
public interface FanoutListener {

  /** Receiving changed its state; {@code reason} says in words why it is not UP. */
  default void onReceiving(ConnectionState state, String reason) {}

  /**
   * Publishing changed its state; {@code reason} says in words why it is not UP. While it is not,
   * publishes wait, and expire.
   */
  default void onPublishing(ConnectionState state, String reason) {}

  /**
   * This node may have missed messages; {@link FanoutConfig.Builder#gapNotice} makes clients
   * reload. An overload is reported about once a second for each lane while it lasts.
   */
  default void onGap(Gap gap) {}

  /** A received message broke the wire format and was skipped; {@code rule} has no content. */
  default void onMalformedMessage(String rule) {}

  /**
   * A received message was refused by {@link FanoutConfig.Builder#authentication}; {@code rule}
   * says why, without content. Called at most once in 10 s; {@link FanoutCounters#unauthenticated}
   * counts them all. Somebody without the key can publish on the channel, or a node has another key
   * or a wrong clock.
   */
  default void onUnauthenticatedMessage(String rule) {}

  /** This side closed a session. Not called when the client has left by itself. */
  default void onDisconnect(FanoutSession session, Disconnect why) {}
}
