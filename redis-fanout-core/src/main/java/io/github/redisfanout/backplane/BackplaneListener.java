package io.github.redisfanout.backplane;

/**
 * Receives the state of a backplane and events of its server. Must be thread-safe and must not
 * block: methods are called on the backplane's threads. An exception that a method throws is logged
 * and has no other effect.
 */
public interface BackplaneListener {

  /** The state of a direction changed. */
  void onStatus(BackplaneStatus status);

  /** Something happened at the server; see {@link BackplaneEvent}. Default: does nothing. */
  default void onEvent(BackplaneEvent event) {}
}
