package io.github.redisfanout.backplane.redis;

import java.io.IOException;
import java.net.Socket;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.IOUtils;

/**
 * A connection that connects once, with buffers of ours.
 *
 * <p>Jedis' own connects again, silently and without logging in, when something is written after
 * another thread has disconnected it.
 */
final class OneConnection extends Connection {
  // Set while the superclass' constructor runs, so it must not have an initializer.
  private boolean connected;

  private final Sockets sockets;

  /**
   * Connects and logs in; when that fails nothing stays open.
   *
   * @param readMillis how long an answer may take once it is logged in; 0: as {@code config} says
   */
  static OneConnection open(HostAndPort address, JedisClientConfig config, int readMillis) {
    Sockets sockets = new Sockets(address, config);
    try {
      OneConnection connection = new OneConnection(sockets, config);
      if (readMillis > 0) {
        connection.setSoTimeout(readMillis);
      }
      return connection;
    } catch (Throwable e) {
      // Jedis closes its socket for its own exceptions only, not for a credentials provider's.
      IOUtils.closeQuietly(sockets.opened);
      throw e;
    }
  }

  private OneConnection(Sockets sockets, JedisClientConfig config) {
    super(sockets, config);
    this.sockets = sockets;
  }

  @Override
  public void connect() {
    if (!connected) {
      super.connect();
      connected = true;
    } else if (!isConnected()) {
      // Not a JedisConnectionException: for that one, Jedis before 8 would look for an error that
      // Redis has sent, and take a byte of what the receiving thread reads.
      throw new JedisException("the connection was closed");
    }
  }

  /** Ends it at once, even while another thread reads or writes it; never throws. */
  void cut() {
    setBroken();
    IOUtils.closeQuietly(sockets.opened);
  }

  /** Runs this on the reading thread from now on, whenever it is about to wait for Redis. */
  void beforeReading(Runnable action) {
    sockets.beforeReading = action;
  }

  private static final class Sockets extends DefaultJedisSocketFactory {
    private volatile Runnable beforeReading = () -> {};
    private @Nullable Socket opened; // null before the only connect

    Sockets(HostAndPort address, JedisClientConfig config) {
      super(address, config);
    }

    @Override
    public Socket createSocket() {
      Socket socket = super.createSocket();
      try {
        opened = new BufferedSocket(socket, () -> beforeReading.run());
        return opened;
      } catch (IOException e) {
        IOUtils.closeQuietly(socket);
        throw new JedisConnectionException(e);
      }
    }
  }
}
