package io.github.redisfanout.backplane.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;
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
    /** The server does not know the script, or forgot it. */
    NO_SCRIPT,
    /** The server does not permit what the script needs. */
    SCRIPT_NOT_PERMITTED,
    /** Only single messages were refused, and those have their outcome. */
    MESSAGES
  }

  /** What an error means that concerns the whole batch. */
  static Reason reason(JedisDataException error) {
    return switch (code(error)) {
      case "READONLY" -> Reason.REPLICA;
      case "LOADING", "MASTERDOWN", "BUSY" -> Reason.NOT_NOW;
      case "NOREPLICAS" -> Reason.NO_REPLICAS;
      case "OOM", "MISCONF" -> Reason.NO_WRITES;
      default -> Reason.NO_FENCE;
    };
  }

  /** The script answered this error; null if it may have published. */
  static @Nullable Refusal ofScript(JedisDataException error, List<QueuedPublish> messages) {
    String code = code(error);
    Reason reason =
        switch (code) {
          case "NOSCRIPT" -> Reason.NO_SCRIPT;
          case "LOADING", "MASTERDOWN", "BUSY" -> Reason.NOT_NOW;
          case "READONLY" -> Reason.REPLICA;
          // The script sets and counts without these, so it is EVALSHA that is refused.
          case "NOREPLICAS", "OOM", "MISCONF", "NOPERM", PublishScript.NOT_COUNTED ->
              Reason.SCRIPT_NOT_PERMITTED;
          default -> null;
        };
    if (reason == null && words(error).startsWith("ERR unknown command")) {
      reason = Reason.SCRIPT_NOT_PERMITTED;
    }
    return reason == null ? null : new Refusal(reason, error, messages);
  }

  /** EVALSHA could not be queued, so nothing was executed, whatever the reason. */
  static Refusal ofQueuedScript(JedisDataException error, List<QueuedPublish> messages) {
    Reason reason = reason(error);
    return new Refusal(
        reason == Reason.NO_FENCE ? Reason.SCRIPT_NOT_PERMITTED : reason, error, messages);
  }

  boolean isOfScript() {
    return reason == Reason.NO_SCRIPT || reason == Reason.SCRIPT_NOT_PERMITTED;
  }

  private static String code(JedisDataException error) {
    String words = words(error);
    return words.substring(0, (words + " ").indexOf(' '));
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
