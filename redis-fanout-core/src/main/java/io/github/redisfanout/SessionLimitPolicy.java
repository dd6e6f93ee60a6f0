package io.github.redisfanout;

/** What happens when a user who has as many sessions as allowed opens another one. */
public enum SessionLimitPolicy {
  /** Close the new session with {@link Disconnect#TOO_MANY_SESSIONS}. */
  REFUSE_NEW,
  /**
   * Close the session that was opened first with {@link Disconnect#REPLACED}, once the new one
   * receives: for a moment the user has both.
   */
  CLOSE_OLDEST
}
