package io.github.redisfanout.it.routing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.testkit.RedisProcess;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** A program that subscribes to channels, and is not this library. */
final class ChannelReader implements AutoCloseable {
  private final Connection connection;
  private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
  private final boolean remembers;

  /** Returns once all subscriptions are confirmed; keeps messages if {@code remembers}. */
  ChannelReader(RedisProcess redis, boolean remembers, String... channels) {
    this.remembers = remembers;
    connection = new Connection("127.0.0.1", redis.port());
    connection.setTimeoutInfinite();
    connection.sendCommand(Command.SUBSCRIBE, channels);
    for (int i = 0; i < channels.length; i++) {
      connection.getOne(); // the confirmation
    }
    Thread thread = new Thread(this::read, "channel-reader");
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    try {
      while (true) {
        List<?> message = (List<?>) connection.getUnflushedObject();
        if (remembers) {
          messages.add(new String((byte[]) message.get(2), UTF_8));
        }
      }
    } catch (JedisException e) {
      // The end of the test.
    }
  }

  /** What came, in order. */
  List<String> messages() {
    return messages;
  }

  @Override
  public void close() {
    connection.close();
  }
}
