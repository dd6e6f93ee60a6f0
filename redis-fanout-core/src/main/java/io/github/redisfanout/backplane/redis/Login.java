package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisCredentials;

/** Credentials to log in with again on an open connection; immutable. */
final class Login {
  private final RedisCredentials credentials;

  Login(RedisCredentials credentials) {
    this.credentials = credentials;
  }

  /** Sends AUTH and reads the answer; throws if Redis refuses it. */
  void send(OneConnection connection) {
    connection.sendCommand(command());
    connection.getOne();
  }

  /** AUTH with these credentials. */
  CommandArguments command() {
    CommandArguments auth = new CommandArguments(Command.AUTH);
    String user = credentials.getUser();
    if (user != null) {
      auth.add(user);
    }
    ByteBuffer encoded = UTF_8.encode(CharBuffer.wrap(credentials.getPassword()));
    byte[] password = new byte[encoded.remaining()];
    encoded.get(password);
    return auth.add(password);
  }

  /** Without the credentials. */
  @Override
  public String toString() {
    return "Login";
  }
}
