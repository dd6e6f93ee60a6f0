package io.github.redisfanout.backplane.redis;

import redis.clients.jedis.exceptions.JedisException;

/** The server is not a master: neither connection may stay there. */
final class WrongRoleException extends JedisException {
  private static final long serialVersionUID = 1L;

  WrongRoleException(String message) {
    super(message);
  }
}
