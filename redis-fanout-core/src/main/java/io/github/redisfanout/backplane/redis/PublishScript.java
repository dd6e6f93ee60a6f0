package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.internal.ChannelNames;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Publishes a whole batch by one command, in order, and checks in the same step whether messages
 * may be targeted. {@link ScriptReply} reads the answer.
 *
 * <p>The script gets the keys of the detours to set and of those to look at, the common channel,
 * the marker's ("" if there are no recipients) and the number of keys to set. Then for each message
 * a number, its bytes, its recipients' channels and perhaps their copies; the number is 16 for each
 * channel, and the sum of the flags below. It calls no command that can stop it in the middle.
 */
final class PublishScript {
  private static final int TARGETED = 1;
  private static final int COPIES = 2;
  private static final int LOOK = 4;
  private static final int SET = 8;
  private static final int CHANNEL = 16;

  /** What an error begins with if nothing was published, because the marker cannot be asked for. */
  static final String NOT_COUNTED = "NOTCOUNTED";

  // Without a shebang, for Redis 6.2. Keys are set first: in a mode of 6.2 nothing may be set after
  // a count. A channel's subscribers are what PUBLISH answers, unless patterns are counted there.
  private static final String TEXT =
      """
      local KEYS, A, call = KEYS, ARGV, redis.pcall
      local common, sets = A[1], A[3] + 0
      local refused = {}
      for i = 1, sets do
        local answer = call('SET', KEYS[i], '1', 'PX', '%s')
        refused[i] = answer.err and answer or false
      end
      local all, routed, patterns = 0, -1, 0
      if A[2] ~= '' then
        local counts = call('PUBSUB', 'NUMSUB', common, A[2])
        patterns = counts.err and counts or call('PUBSUB', 'NUMPAT')
        if type(patterns) == 'table' then
          return {err = '%s ' .. patterns.err}
        end
        all, routed = counts[2], counts[4]
      end
      local out, o = {all, routed}, 2
      local p, set, key, last = 4, 0, sets, #A
      while p < last do
        local flags, bytes = A[p] + 0, A[p + 1]
        p = p + 2
        if flags == 0 then
          o = o + 1
          out[o] = call('PUBLISH', common, bytes)
        else
          local first, copies, refusal, detour = p, 0, false, false
          local channels = (flags - flags %% 16) / 16
          flags = flags %% 16
          p = p + channels
          if flags >= 8 then
            flags, set = flags - 8, set + 1
            refusal = refused[set]
          end
          if flags >= 4 then
            flags = flags - 4
            for i = key + 1, key + channels do
              detour = detour or call('EXISTS', KEYS[i]) ~= 0
            end
            key = key + channels
          end
          if flags >= 2 then
            flags, copies, p = flags - 2, channels, p + channels
          end
          if refusal then
            out[o + 1], out[o + 2] = -2, refusal
            o = o + 2
          elseif flags == 1 and all == routed and not detour then
            for i = first, first + channels - 1 do
              local count = call('PUBLISH', A[i], copies > 0 and A[i + copies] or bytes)
              if patterns > 0 and type(count) == 'number' then
                count = call('PUBSUB', 'NUMSUB', A[i])[2]
              end
              o = o + 1
              out[o] = count
            end
          else
            if detour and all == routed then
              o = o + 1
              out[o] = -1
            end
            o = o + 1
            out[o] = call('PUBLISH', common, bytes)
            if flags == 0 and all == routed and type(out[o]) == 'number' then
              for i = first, first + channels - 1, 1000 do
                local to = math.min(i + 999, first + channels - 1)
                local counts = call('PUBSUB', 'NUMSUB', unpack(A, i, to))
                for j = 2, #counts, 2 do
                  o = o + 1
                  out[o] = counts[j]
                end
              end
            end
          end
        end
      end
      return out
      """
          .formatted(Recipients.DETOUR.toMillis(), NOT_COUNTED);

  private PublishScript() {}

  /**
   * Has the server remember the script.
   *
   * @return what the server calls it
   * @throws JedisDataException if it refuses
   */
  static byte[] load(OneConnection open) {
    open.sendCommand(Command.SCRIPT, "LOAD", TEXT);
    Object answer = Batch.read(open);
    if (answer instanceof byte[] name) {
      return name;
    }
    throw answer instanceof JedisDataException refused
        ? refused
        : new JedisDataException("SCRIPT LOAD was not answered with a name");
  }

  /** The command that publishes these messages, which have one common channel and one marker. */
  static CommandArguments command(byte[] name, List<QueuedPublish> messages) {
    String common = messages.get(0).message().channel();
    String routed = "";
    List<String> set = new ArrayList<>();
    List<String> looked = new ArrayList<>();
    List<Object> words = new ArrayList<>(messages.size() * 3);
    for (QueuedPublish each : messages) {
      Outgoing message = each.message();
      int flags = 0;
      if (message.detour() != null) {
        flags |= SET;
        set.add(detourKey(common, message.detour()));
      }
      Recipients recipients = message.recipients();
      if (recipients == null) {
        words.add(flags);
        words.add(message.bytes());
        continue;
      }
      routed = recipients.routed();
      flags += CHANNEL * recipients.channels().size();
      boolean copies = recipients.targeted() && recipients.copies() != null;
      if (recipients.targeted()) {
        flags |= copies ? TARGETED | COPIES : TARGETED;
        if (hasGroup(common, recipients)) {
          flags |= LOOK;
          recipients.channels().forEach(channel -> looked.add(detourKey(common, channel)));
        }
      }
      words.add(flags);
      words.add(message.bytes());
      words.addAll(recipients.channels());
      if (copies) {
        words.addAll(recipients.copies());
      }
    }
    CommandArguments command = new CommandArguments(Command.EVALSHA).add(name);
    command.add(set.size() + looked.size());
    set.forEach(command::add);
    looked.forEach(command::add);
    command.add(common).add(routed).add(set.size());
    for (Object word : words) {
      // Jedis would copy a byte array.
      command.add(word instanceof byte[] bytes ? (Rawable) () -> bytes : word);
    }
    return command;
  }

  /** Only groups have detours. */
  private static boolean hasGroup(String common, Recipients recipients) {
    ChannelNames names = new ChannelNames(common);
    for (String channel : recipients.channels()) {
      if (names.groupOf(channel) != null) {
        return true;
      }
    }
    return false;
  }

  /** The key that is there while messages of a channel take the common one. */
  static String detourKey(String common, String channel) {
    return common + ":redis-fanout:detour:" + channel;
  }
}
