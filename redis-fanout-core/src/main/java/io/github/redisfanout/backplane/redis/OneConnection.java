package io.github.redisfanout.backplane.redis;

import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * A connection that connects once.
 *
 * <p>Jedis' own connects again, silently and without logging in, when something is written after
 * another thread has disconnected it.
 */
final class OneConnection extends Connection {
  // Set while the superclass' constructor runs, so it must not have an initializer.
  private boolean connected;

  OneConnection(HostAndPort address, JedisClientConfig config) {
    super(address, config);
  }

  @Override
  public void connect() {
    if (!connected) {
      super.connect();
      connected = true;
    } else if (!isConnected()) {
      throw new JedisConnectionException("the connection was closed");
    }
  }
}
