package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Gap;

/**
 * Hears notable, rare events of a node; every method does nothing unless overridden.
 *
 * <p>Called one event at a time, in order, on a thread of the node. Up to 1,000 events wait; more
 * are dropped and counted in {@link FanoutCounters#listenerEventsDropped}. What a method throws is
 * logged and stops nothing.
 */
public interface FanoutListener {

  /**
   * The receiving side changed its state; {@code reason} says in words why it is not subscribed.
   */
  default void onState(Subscriber.State state, String reason) {}

  /**
   * The publishing side changed its state; {@code reason} says in words why it is not up. While it
   * is not, publishes wait, and expire.
   */
  default void onPublishing(BackplaneStatus.State state, String reason) {}

  /**
   * This node may have missed messages; clients that should reload are told by {@link
   * FanoutConfig.Builder#gapNotice}. An overload is told about once a second for each lane while it
   * lasts.
   */
  default void onGap(Gap gap) {}

  /** A received message broke the wire format and was skipped; {@code rule} has no content. */
  default void onMalformedMessage(String rule) {}

  /**
   * A received message was refused by {@link FanoutConfig.Builder#authentication}; {@code rule}
   * says why, without content. Told at most once in 10 s; {@link FanoutCounters#unauthenticated}
   * counts them all. Somebody without the key can publish on the channel, or a node has another key
   * or a wrong clock.
   */
  default void onUnauthenticatedMessage(String rule) {}

  /** This side closed a session. Not called when the client has left by itself. */
  default void onDisconnect(FanoutSession session, Disconnect why) {}
}
