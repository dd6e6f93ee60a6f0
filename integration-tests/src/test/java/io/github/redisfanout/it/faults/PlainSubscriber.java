package io.github.redisfanout.it.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** A subscriber that stays at one Redis whatever happens to it, and sends no heartbeats. */
final class PlainSubscriber implements AutoCloseable {
  private final Connection connection;
  private final List<String> texts = new CopyOnWriteArrayList<>();

  PlainSubscriber(RedisProcess redis) {
    connection = new Connection("127.0.0.1", redis.port());
    connection.setTimeoutInfinite();
    connection.sendCommand(Command.SUBSCRIBE, Nodes.CHANNEL);
    connection.getOne(); // the confirmation
    Thread thread = new Thread(this::read, "plain-subscriber");
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    try {
      while (true) {
        List<?> message = (List<?>) connection.getUnflushedObject();
        String json = new String((byte[]) message.get(2), UTF_8);
        texts.add(json.replaceFirst(".*\"payload\":", "").replaceFirst("}$", ""));
      }
    } catch (JedisException e) {
      // The end of the test.
    }
  }

  /** The payloads that Redis sent to it. */
  List<String> texts() {
    return texts;
  }

  @Override
  public void close() {
    connection.close();
  }
}
