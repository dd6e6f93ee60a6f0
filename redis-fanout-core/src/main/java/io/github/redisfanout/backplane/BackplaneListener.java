package io.github.redisfanout.backplane;

/**
 * Is told of the state of a backplane; must never block. Called on any thread. What a method throws
 * is logged and stops nothing.
 */
public interface BackplaneListener {

  /** The state of a direction changed. */
  void onStatus(BackplaneStatus status);

  /** Something about the server. Default: does nothing. */
  default void onEvent(BackplaneEvent event) {}
}
