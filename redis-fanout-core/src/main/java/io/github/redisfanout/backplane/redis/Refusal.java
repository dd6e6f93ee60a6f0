package io.github.redisfanout.backplane.redis;

import java.util.List;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Redis refused a fenced batch as a whole: nothing of it was executed.
 *
 * @param reason what follows from it
 * @param cause Redis' own words
 * @param rest the messages that have no outcome yet
 */
record Refusal(Reason reason, JedisDataException cause, List<QueuedPublish> rest) {
  private static final String BECAUSE = "because of: ";

  enum Reason {
    /** The server is a replica. */
    REPLICA,
    /** The server takes no commands for a while. */
    NOT_NOW,
    /** The server has too few replicas: it may be a master that was replaced. */
    NO_REPLICAS,
    /** The server takes no writes, but publishes. */
    NO_WRITES,
    /** The fence itself is not possible at this server. */
    NO_FENCE,
    /** Only single messages were refused, and those have their outcome. */
    MESSAGES
  }

  /** What an error means that concerns the whole batch. */
  static Reason reason(JedisDataException error) {
    String words = words(error);
    String code = words.substring(0, (words + " ").indexOf(' '));
    return switch (code) {
      case "READONLY" -> Reason.REPLICA;
      case "LOADING", "MASTERDOWN", "BUSY" -> Reason.NOT_NOW;
      case "NOREPLICAS" -> Reason.NO_REPLICAS;
      case "OOM", "MISCONF" -> Reason.NO_WRITES;
      default -> Reason.NO_FENCE;
    };
  }

  /** Redis' words; of EXEC those behind "because of". */
  static String words(JedisDataException error) {
    String words = String.valueOf(error.getMessage());
    int because = words.startsWith("EXECABORT") ? words.indexOf(BECAUSE) : -1;
    return because < 0 ? words : words.substring(because + BECAUSE.length());
  }

  /** Whether EXEC says only that a command before it was refused. */
  static boolean isForEarlierErrors(JedisDataException error) {
    return String.valueOf(error.getMessage()).startsWith("EXECABORT")
        && words(error).startsWith("EXECABORT");
  }
}
