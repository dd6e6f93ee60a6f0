package io.github.redisfanout;

/** What happens when a message meets a session's full queue. */
public enum OverflowPolicy {
  /** Close the session with {@link Disconnect#SLOW_CLIENT}, so the client can resynchronise. */
  DISCONNECT,
  /** Drop the messages that have waited longest, as many as needed. */
  DROP_OLDEST,
  /** Drop the new message. */
  DROP_NEWEST
}
