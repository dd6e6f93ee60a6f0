package io.github.redisfanout.it.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import redis.clients.jedis.Connection;

/**
 * The administrator of a Redis: logs in before the faults begin, and is not affected by them.
 *
 * <p>Redis lets a connection that is open keep its rights when a password is set.
 */
final class AdminConnection implements AutoCloseable {
  private final Connection connection;

  AdminConnection(RedisProcess redis) {
    connection = new Connection("127.0.0.1", redis.port());
  }

  /** Runs one command; an error of Redis is thrown. */
  String call(String... words) {
    connection.sendCommand(
        () -> words[0].getBytes(UTF_8), Arrays.copyOfRange(words, 1, words.length));
    return connection.getOne() instanceof byte[] reply ? new String(reply, UTF_8) : "";
  }

  /** Sets the default user's password; with an empty one no password is needed. */
  void requirePassword(String password) {
    call("CONFIG", "SET", "requirepass", password);
  }

  /**
   * Ends every connection but this one.
   *
   * <p>Those that publish first: a node that loses its subscription tests its other connection,
   * too.
   */
  void killClients() {
    call("CLIENT", "KILL", "TYPE", "normal");
    call("CLIENT", "KILL", "TYPE", "pubsub");
  }

  /** Ends every connection at a port of this Redis. */
  void killClientsAt(int port) {
    call("CLIENT", "KILL", "LADDR", "127.0.0.1:" + port);
  }

  /** Waits until Redis has refused something with this word this many times more. */
  void awaitRefusals(String word, int more) {
    long before = refusals(word);
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(refusals(word)).isGreaterThanOrEqualTo(before + more));
  }

  private long refusals(String word) {
    String prefix = "errorstat_" + word + ":count=";
    return call("INFO", "errorstats")
        .lines()
        .filter(line -> line.startsWith(prefix))
        .mapToLong(line -> Long.parseLong(line.substring(prefix.length()).strip()))
        .sum();
  }

  /** How many connections a user has. */
  long connectionsOf(String user) {
    return clients().filter(line -> line.contains(" user=" + user + " ")).count();
  }

  /** How many connections there are at a port of this Redis. */
  long connectionsAt(int port) {
    return clients().filter(line -> line.contains(" laddr=127.0.0.1:" + port + " ")).count();
  }

  private Stream<String> clients() {
    return call("CLIENT", "LIST").lines();
  }

  @Override
  public void close() {
    connection.close();
  }
}
