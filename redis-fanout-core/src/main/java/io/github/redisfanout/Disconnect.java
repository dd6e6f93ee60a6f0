package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;

/**
 * Why a session was closed by this side: a WebSocket close code and a reason.
 *
 * @param code one that a server may send: 1000 to 1003, 1007 to 1014, 3000 to 4999 (RFC 6455,
 *     section 7.4, and the IANA registry it made)
 * @param reason for people, at most 123 bytes of UTF-8 (RFC 6455, section 5.5); no secrets
 */
public record Disconnect(int code, String reason) {
  /** The node is shutting down; the client should come back, to another node. */
  public static final Disconnect GOING_AWAY = new Disconnect(1001, "node is shutting down");

  /** The client reads more slowly than messages come; it may come back later. */
  public static final Disconnect SLOW_CLIENT = new Disconnect(1013, "send queue is full");

  /** A write did not complete in time: the client is dead or stuck. */
  public static final Disconnect WRITE_TIMEOUT = new Disconnect(1013, "write timed out");

  /** A write failed; the connection is not usable any more. */
  public static final Disconnect WRITE_FAILED = new Disconnect(1011, "write failed");

  /** The client gave no sign of life for longer than the silence limit. */
  public static final Disconnect SILENT = new Disconnect(1001, "no sign of life");

  /** The user has as many sessions as one may have on a node; see {@link SessionLimitPolicy}. */
  public static final Disconnect TOO_MANY_SESSIONS =
      new Disconnect(1008, "too many sessions of this user");

  /** A newer session of the user took the place; coming back would push that one out in turn. */
  public static final Disconnect REPLACED = new Disconnect(1008, "replaced by a newer session");

  /** The node has as many sessions as it may have; another node, or a later time, is better. */
  public static final Disconnect NODE_FULL = new Disconnect(1013, "node is full");

  /** The client sends messages faster than it may. */
  public static final Disconnect TOO_FAST = new Disconnect(1008, "too many messages");

  /** The client sent a message that is longer than it may be. */
  public static final Disconnect TOO_LONG = new Disconnect(1009, "message is too long");

  /** The client broke a rule of the application, such as not saying who it is. */
  public static final Disconnect POLICY = new Disconnect(1008, "policy violation");

  /**
   * Checks its parts.
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
