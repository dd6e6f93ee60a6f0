package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;

/**
 * Why this side closed a session: a WebSocket close code and a reason.
 *
 * <p>After a code from 4400 to 4499 a client does not reconnect by itself; after any other code
 * used here it reconnects, with jitter.
 *
 * @param code 1000 to 1003, 1007 to 1014, or 3000 to 4999 (RFC 6455, section 7.4)
 * @param reason for people, at most 123 bytes of UTF-8 (RFC 6455, section 5.5); no secrets
 */
public record Disconnect(int code, String reason) {
  /** The node is shutting down; another one takes the client. */
  public static final Disconnect GOING_AWAY = new Disconnect(1001, "node is shutting down");

  /** Nothing came from the client for the silence limit. */
  public static final Disconnect SILENT = new Disconnect(1001, "no sign of life");

  /** A write failed; the connection is not usable any more. */
  public static final Disconnect WRITE_FAILED = new Disconnect(1011, "write failed");

  /** The application's code failed for this session. */
  public static final Disconnect FAILED = new Disconnect(1011, "session failed");

  /** The client reads more slowly than messages come. */
  public static final Disconnect SLOW_CLIENT = new Disconnect(1013, "send queue is full");

  /** A write did not complete in time: the client is dead or stuck. */
  public static final Disconnect WRITE_TIMEOUT = new Disconnect(1013, "write timed out");

  /** The node has as many sessions as allowed. */
  public static final Disconnect NODE_FULL = new Disconnect(1013, "node is full");

  /** The client sent something that is not accepted, such as a binary message. */
  public static final Disconnect BAD_MESSAGE = new Disconnect(4400, "bad message");

  /** The user of the session is unknown. */
  public static final Disconnect NO_IDENTITY = new Disconnect(4401, "no identity");

  /** The user may not have this session. */
  public static final Disconnect NOT_ALLOWED = new Disconnect(4403, "not allowed");

  /** A newer session of the user took its place; reconnecting would evict that one. */
  public static final Disconnect REPLACED = new Disconnect(4409, "replaced by a newer session");

  /** The client sent a message that is longer than allowed. */
  public static final Disconnect TOO_LONG = new Disconnect(4413, "message is too long");

  /** The user has as many sessions as allowed; see {@link SessionLimitPolicy}. */
  public static final Disconnect TOO_MANY_SESSIONS =
      new Disconnect(4429, "too many sessions of this user");

  /** The client sends messages faster than allowed. */
  public static final Disconnect TOO_FAST = new Disconnect(4429, "too many messages");

  /**
   * Checks code and reason.
   *
   * @throws IllegalArgumentException if a server may not send this code, or the reason is longer
   *     than 123 bytes
   */
  public Disconnect {
    requireNonNull(reason, "reason == null");
    if (!maySend(code)) {
      throw new IllegalArgumentException(
          "code must be one that a server may send, 1000 to 1003, 1007 to 1014 or 3000 to 4999: "
              + code);
    }
    int length = reason.getBytes(StandardCharsets.UTF_8).length;
    if (length > 123) {
      throw new IllegalArgumentException("reason must be at most 123 bytes of UTF-8: " + length);
    }
  }

  private static boolean maySend(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }
}
