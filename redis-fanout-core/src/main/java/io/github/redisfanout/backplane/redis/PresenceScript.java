package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * A script on the presence table. Each does at most some thousand small steps, so that none holds
 * Redis up for more than a few milliseconds.
 *
 * <p>KEYS[1] is the sorted set of leases, each with the time of its expiry by the clock of Redis in
 * milliseconds. A lease is {@code <token> <client> <time> <epoch> <node>}; with a tilde before it,
 * it is being swept, and its score says until when. The member {@code !<epoch>} stays last: if it
 * is gone, Redis has lost the table.
 */
final class PresenceScript {
  private static final String NOW =
      """
      if redis.replicate_commands then
        redis.replicate_commands() -- a mode of 6.2 permits no write after TIME without it
      end
      local time = redis.call('TIME')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local leases = KEYS[1]
      """;

  /** Token, client, node, ttl, new epoch, lease before or nothing, its epoch, grace. */
  static final PresenceScript ACQUIRE =
      new PresenceScript(
          NOW
              + """
              local last = redis.call('ZREVRANGE', leases, 0, 0)[1]
              local epoch = last and string.sub(last, 1, 1) == '!' and string.sub(last, 2)
              if not epoch then
                epoch = ARGV[5]
                redis.call('ZADD', leases, '9000000000000000', '!' .. epoch)
              end
              local before = 0
              if ARGV[6] ~= '' then
                if redis.call('ZSCORE', leases, ARGV[6]) then
                  redis.call('ZADD', leases, now + ARGV[8], ARGV[6])
                elseif epoch == ARGV[7] then
                  before = 1
                else
                  before = 2
                end
              end
              local lease = table.concat({ARGV[1], ARGV[2], now, epoch, ARGV[3]}, ' ')
              redis.call('ZADD', leases, now + ARGV[4], lease)
              return {before, lease}
              """);

  /** Lease, ttl, epoch. */
  static final PresenceScript RENEW =
      new PresenceScript(
          NOW
              + """
              if redis.call('ZADD', leases, 'XX', 'CH', now + ARGV[2], ARGV[1]) == 0
                and not redis.call('ZSCORE', leases, ARGV[1]) then
                return {redis.call('ZSCORE', leases, '!' .. ARGV[3]) and 1 or 2, 0}
              end
              return {0, redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2] - now}
              """);

  /** Lease, grace. */
  static final PresenceScript RETIRE =
      new PresenceScript(NOW + "return redis.call('ZADD', leases, 'XX', now + ARGV[2], ARGV[1])\n");

  /**
   * Lease, prefix of the buckets, channel of the events, and of each change its kind, the bucket
   * and the user.
   */
  static final PresenceScript CHANGE =
      new PresenceScript(
          """
          if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
            return 0
          end
          local token = string.sub(ARGV[1], 1, 6)
          local events = {}
          for i = 4, #ARGV, 3 do
            local kind, key, user = ARGV[i], ARGV[2] .. ARGV[i + 1], ARGV[i + 2]
            local nodes = redis.call('HGET', key, user) or ''
            local at = 1
            while at <= #nodes and string.sub(nodes, at, at + 5) ~= token do
              at = at + 6
            end
            local there = at <= #nodes
            if kind == '-' and there then
              local others = string.sub(nodes, 1, at - 1) .. string.sub(nodes, at + 6)
              if others == '' then
                redis.call('HDEL', key, user)
                events[#events + 1] = '-' .. #user .. ':' .. user
              else
                redis.call('HSET', key, user, others)
              end
            elseif kind ~= '-' and not there then
              redis.call('HSET', key, user, nodes .. token)
              if nodes == '' and kind == '+' then
                events[#events + 1] = '+' .. #user .. ':' .. user
              end
            end
          end
          if #events > 0 then
            redis.call('PUBLISH', ARGV[3], table.concat(events))
          end
          return 1
          """);

  /** Own lease, how long the claim holds, and how many leases at most. */
  static final PresenceScript CLAIM =
      new PresenceScript(
          NOW
              + """
              if not redis.call('ZSCORE', leases, ARGV[1]) then
                return {}
              end
              local due = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'WITHSCORES',
                'LIMIT', 0, ARGV[3])
              local claimed = {}
              for i = 1, #due, 2 do
                local lease = due[i]
                if lease ~= ARGV[1] then
                  redis.call('ZREM', leases, lease)
                  if string.sub(lease, 1, 1) == '~' then
                    lease = string.sub(lease, 2)
                  end
                  redis.call('ZADD', leases, now + ARGV[2], '~' .. lease)
                  claimed[#claimed + 1] = lease
                  claimed[#claimed + 1] = due[i + 1]
                end
              end
              return claimed
              """);

  /** Prefix of the buckets, channel of the events, the first and the last bucket, and tokens. */
  static final PresenceScript SWEEP =
      new PresenceScript(
          """
          local gone = {}
          for i = 5, #ARGV do
            gone[ARGV[i]] = true
          end
          local events = {}
          local function publish()
            if #events > 0 then
              redis.call('PUBLISH', ARGV[2], table.concat(events))
              events = {}
            end
          end
          for bucket = tonumber(ARGV[3]), tonumber(ARGV[4]) do
            local key = ARGV[1] .. string.format('%d', bucket)
            local all = redis.call('HGETALL', key)
            for i = 1, #all, 2 do
              local user, nodes, others = all[i], all[i + 1], ''
              for at = 1, #nodes, 6 do
                local token = string.sub(nodes, at, at + 5)
                if not gone[token] then
                  others = others .. token
                end
              end
              if others == '' then
                redis.call('HDEL', key, user)
                events[#events + 1] = '-' .. #user .. ':' .. user
                if #events >= 500 then
                  publish()
                end
              elseif #others < #nodes then
                redis.call('HSET', key, user, others)
              end
            end
          end
          publish()
          return 1
          """);

  private final byte[] text;
  private final String sha1;

  private PresenceScript(String text) {
    this.text = text.getBytes(UTF_8);
    try {
      sha1 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(this.text));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JDK has it
    }
  }

  /** Runs it once. */
  Object call(OneConnection open, String key, List<String> arguments) {
    return callAll(open, key, List.of(arguments)).get(0);
  }

  /** Runs it once for each list of arguments; repeats all if Redis did not know it. */
  List<Object> callAll(OneConnection open, String key, List<List<String>> arguments) {
    List<CommandArguments> commands = new ArrayList<>();
    for (List<String> some : arguments) {
      CommandArguments command = new CommandArguments(Command.EVALSHA).add(sha1).add("1").add(key);
      some.forEach(command::add);
      commands.add(command);
    }
    try {
      return NodeKeys.call(open, commands);
    } catch (JedisDataException e) {
      if (!String.valueOf(e.getMessage()).startsWith("NOSCRIPT")) {
        throw e;
      }
      NodeKeys.call(open, List.of(new CommandArguments(Command.SCRIPT).add("LOAD").add(text)));
      return NodeKeys.call(open, commands);
    }
  }
}
