package io.github.redisfanout.backplane.redis;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Removes from the errors of a server what it quotes of a command: a message, a user id or a
 * password must not get into an exception, a log or health. Every reply passes here as soon as it
 * is read.
 */
final class ServerErrors {
  private static final int MAX_LENGTH = 400; // the longest text of Redis itself has 340

  // As in: ERR unknown command 'PUBLISH', with args beginning with: 'chat' '{"target_user_ids":[…
  private static final Pattern ARGUMENTS = Pattern.compile(",? with args beginning with.*");

  /** A text in quotes of any kind, perhaps cut off; not the apostrophe of "can't". */
  private static final Pattern QUOTED =
      Pattern.compile("(?<![A-Za-z])(?:'([^']*+)'?|`([^`]*+)`?|\"([^\"]*+)\"?)");

  /** JSON that is not in quotes, and everything behind it. */
  private static final Pattern JSON = Pattern.compile("[{\\[\\\\].*");

  private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");
  private static final Pattern SUBCOMMAND = Pattern.compile("\\|[a-z-]{1,30}");
  private static final String OMITTED = "...";
  private static final String UNKNOWN = "Unknown reply: "; // Jedis' words
  private static final byte TLS_ALERT = 0x15;

  /** What may stand in quotes: names of commands, and words of Redis' own texts. */
  private static final Set<String> HARMLESS =
      Stream.concat(Stream.of("NO", "MAXMEMORY"), Arrays.stream(Command.values()).map(Enum::name))
          .collect(Collectors.toUnmodifiableSet());

  private ServerErrors() {}

  /** A reply in which no error quotes anything. */
  static @Nullable Object clean(@Nullable Object reply) {
    if (reply instanceof JedisDataException error) {
      return clean(error);
    }
    if (reply instanceof List<?> list && list.stream().anyMatch(ServerErrors::mayHaveError)) {
      return list.stream().map(ServerErrors::clean).toList();
    }
    return reply;
  }

  private static boolean mayHaveError(@Nullable Object reply) {
    return reply instanceof JedisDataException || reply instanceof List;
  }

  /** The same error, if it quotes nothing, otherwise one of the same kind. */
  static JedisDataException clean(JedisDataException error) {
    String words = String.valueOf(error.getMessage());
    String clean = clean(words);
    if (clean.equals(words)) {
      return error;
    }
    return error instanceof JedisAccessControlException
        ? new JedisAccessControlException(clean)
        : new JedisDataException(clean);
  }

  /**
   * Jedis puts an error that it finds before the end of a connection into the exception, or the
   * first byte of what is no reply.
   */
  static JedisConnectionException clean(JedisConnectionException failure) {
    String words = String.valueOf(failure.getMessage());
    if (words.startsWith(UNKNOWN) && words.length() > UNKNOWN.length()) {
      return notRedis((byte) words.charAt(UNKNOWN.length()));
    }
    String clean = clean(words);
    return clean.equals(words) ? failure : new JedisConnectionException(clean, failure.getCause());
  }

  /** The answer begins with a byte with which no answer of Redis begins. */
  static JedisConnectionException notRedis(byte first) {
    String what =
        switch (first) {
          case 'H' -> "probably an HTTP server";
          case TLS_ALERT -> "probably a server that speaks TLS: use rediss://";
          default -> "its answer begins with the byte " + (first & 0xFF);
        };
    return new JedisConnectionException("what answers is not Redis: " + what);
  }

  /** The text without what it may quote. */
  static String clean(String words) {
    String clean = UNPRINTABLE.matcher(words).replaceAll(" ");
    clean = ARGUMENTS.matcher(clean).replaceFirst("");
    clean = QUOTED.matcher(clean).replaceAll(quoted -> isHarmless(quoted) ? "$0" : "'...'");
    clean = JSON.matcher(clean).replaceFirst(OMITTED);
    return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH) + OMITTED;
  }

  private static boolean isHarmless(MatchResult quoted) {
    for (int group = 1; group <= quoted.groupCount(); group++) {
      String word = quoted.group(group);
      if (word != null) {
        String command = SUBCOMMAND.matcher(word).replaceFirst("");
        return HARMLESS.contains(command.toUpperCase(Locale.ROOT));
      }
    }
    return false;
  }
}
