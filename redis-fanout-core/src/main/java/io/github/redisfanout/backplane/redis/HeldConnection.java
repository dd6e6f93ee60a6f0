package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** The place of at most one open connection, which any thread may end. Thread-safe. */
final class HeldConnection {
  @GuardedBy("this")
  private @Nullable OneConnection open; // null while there is none

  @GuardedBy("this")
  private boolean closed;

  /**
   * Keeps this connection.
   *
   * @throws JedisConnectionException if this was closed; the connection is ended
   */
  void hold(OneConnection connection) {
    synchronized (this) {
      if (!closed) {
        open = connection;
        return;
      }
    }
    connection.cut();
    throw new JedisConnectionException("closed");
  }

  /** The open connection; null if there is none. */
  synchronized @Nullable OneConnection current() {
    return open;
  }

  /** Ends the connection, even while another thread reads it. */
  void drop() {
    OneConnection dropped;
    synchronized (this) {
      dropped = open;
      open = null;
    }
    if (dropped != null) {
      dropped.cut();
    }
  }

  /** Ends the connection, and every later one. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    drop();
  }
}
