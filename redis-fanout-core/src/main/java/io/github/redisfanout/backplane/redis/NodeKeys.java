package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.Directory.Announced;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The keys in which the nodes of a channel announce themselves.
 *
 * <p>One key a node, {@code <channel>:redis-fanout:node:<id>}, is there while the node is live. The
 * sorted set {@code <channel>:redis-fanout:nodes} has the time of each node's last announcement, by
 * the clock of Redis, so that lost nodes are remembered.
 */
final class NodeKeys {
  /** Only so many are read: the latest. */
  private static final int MAX_NODES = 10_000;

  /** Commands that are written before their answers are read, which fit into a socket's buffer. */
  private static final int BATCH = 200;

  private NodeKeys() {}

  static void announce(OneConnection open, String channel, String node, Duration ttl) {
    long now = now(open);
    String forgotten = "(" + (now - Directory.REMEMBERED.toMillis());
    String kept = text(Directory.REMEMBERED.plus(ttl).toMillis());
    call(
        open,
        List.of(
            command(Command.SET, one(channel, node), "1", "PX", text(ttl.toMillis())),
            command(Command.ZADD, all(channel), text(now), node),
            command(Command.ZREMRANGEBYSCORE, all(channel), "-inf", forgotten),
            command(Command.PEXPIRE, all(channel), kept)));
  }

  /** The time of Redis in milliseconds: the clocks of nodes may differ. */
  private static long now(OneConnection open) {
    return millis(call(open, List.of(command(Command.TIME))).get(0));
  }

  /** What TIME has answered, in milliseconds. */
  static long millis(Object time) {
    if (time instanceof List<?> parts && parts.size() == 2) {
      return Long.parseLong(text(parts.get(0))) * 1000 + Long.parseLong(text(parts.get(1))) / 1000;
    }
    throw new JedisException("TIME was not answered with a time");
  }

  static void withdraw(OneConnection open, String channel, String node) {
    call(
        open,
        List.of(
            command(Command.DEL, one(channel, node)), command(Command.ZREM, all(channel), node)));
  }

  static Announced read(OneConnection open, String channel) {
    CommandArguments latest = command(Command.ZRANGE, all(channel), text(-MAX_NODES), "-1");
    Object answer = call(open, List.of(latest)).get(0);
    List<String> nodes =
        answer instanceof List<?> ids ? ids.stream().map(NodeKeys::text).toList() : List.of();
    Set<String> live = new HashSet<>();
    Set<String> lost = new HashSet<>();
    for (int i = 0; i < nodes.size(); i += BATCH) {
      List<String> some = nodes.subList(i, Math.min(nodes.size(), i + BATCH));
      List<Object> found =
          call(
              open,
              some.stream().map(node -> command(Command.EXISTS, one(channel, node))).toList());
      for (int j = 0; j < some.size(); j++) {
        (found.get(j).equals(1L) ? live : lost).add(some.get(j));
      }
    }
    return new Announced(live, lost);
  }

  private static String one(String channel, String node) {
    return channel + ":redis-fanout:node:" + node;
  }

  private static String all(String channel) {
    return channel + ":redis-fanout:nodes";
  }

  static CommandArguments command(Command command, String... words) {
    CommandArguments arguments = new CommandArguments(command);
    for (String word : words) {
      arguments.add(word);
    }
    return arguments;
  }

  static String text(Object word) {
    return word instanceof byte[] bytes ? new String(bytes, UTF_8) : String.valueOf(word);
  }

  /** The answers; throws the first error, once all are read. */
  static List<Object> call(OneConnection open, List<CommandArguments> commands) {
    commands.forEach(open::sendCommand);
    List<Object> answers = new ArrayList<>(commands.size());
    commands.forEach(command -> answers.add(Batch.read(open)));
    for (Object answer : answers) {
      if (answer instanceof JedisDataException error) {
        throw error;
      }
    }
    return answers;
  }
}
