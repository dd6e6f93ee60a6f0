package io.github.redisfanout.backplane;

/** What receiving or publishing is doing. More values may be added. */
public enum ConnectionState {
  /** Not started, or not wanted. */
  IDLE,
  /** The first connection is being established. */
  CONNECTING,
  /** Connected and, for receiving, every channel confirmed. */
  UP,
  /**
   * The connection was lost or refused, or it does not do what it should; another attempt follows.
   */
  DOWN,
  /** Closed for good. */
  CLOSED
}
