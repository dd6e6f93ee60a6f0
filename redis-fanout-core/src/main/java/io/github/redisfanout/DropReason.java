package io.github.redisfanout;

/** Why a message did not reach a session it was meant for. */
public enum DropReason {
  /** The session's queue was full. */
  QUEUE_FULL,
  /** The node could not keep up: the session's lane was full. */
  LANE_FULL,
  /** The session closed while the message waited or was being written. */
  SESSION_CLOSED,
  /** The transport said that the write failed. */
  WRITE_FAILED
}
