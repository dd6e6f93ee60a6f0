package io.github.redisfanout;

/** Why a message did not reach a session it was meant for. */
public enum DropReason {
  /** The session's queue was full. */
  QUEUE_FULL,
  /** The session's lane was full, because the node could not keep up, or had just closed. */
  LANE_FULL,
  /** The session closed while the message waited or was being written. */
  SESSION_CLOSED,
  /** The transport said that the write failed. */
  WRITE_FAILED
}
