package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.NotPermittedException;
import io.github.redisfanout.backplane.redis.LinkEvents.Note;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Whether Redis permits some of the directory's commands. While it does not, nothing is tried for a
 * while, and a note in health says so. Confined to the directory's thread.
 */
final class Permission {
  /** How long nothing is tried that Redis does not permit. */
  private static final long REFUSED_NANOS = Duration.ofSeconds(30).toNanos();

  /**
   * What to repeat does not help: also where Redis is a cluster, or its commands are renamed. In
   * scripts each version of Redis words it in another way.
   */
  private static final Pattern NOT_PERMITTED =
      Pattern.compile(
          "NOPERM|MOVED|ERR unknown (sub)?command"
              + "|ERR .*(ACL failure in script|executing the script can't|No permissions)");

  private final LinkEvents events;
  private final Note note;
  private final String consequence;
  private final String what;

  private @Nullable NotPermittedException refused; // null while Redis permits all
  private long tryAgainNanos; // of no meaning while Redis permits all

  /**
   * @param consequence what does not work without it
   * @param what the commands, in the words of the page on security
   */
  Permission(LinkEvents events, Note note, String consequence, String what) {
    this.events = events;
    this.note = note;
    this.consequence = consequence;
    this.what = what;
  }

  /** Throws if it was refused a short time ago. */
  void check() {
    NotPermittedException before = refused;
    if (before != null && System.nanoTime() - tryAgainNanos < 0) {
      throw before;
    }
  }

  /** It was permitted. */
  void granted() {
    refused = null;
    events.note(note, null);
  }

  /** What to throw: says whether it was refused. */
  RuntimeException refusalOr(JedisDataException error) {
    String words = String.valueOf(error.getMessage());
    if (!NOT_PERMITTED.matcher(words).lookingAt()) {
      return error;
    }
    NotPermittedException now =
        new NotPermittedException("Redis does not permit " + what + ": " + words);
    events.note(note, consequence + ": " + now.getMessage());
    refused = now;
    tryAgainNanos = System.nanoTime() + REFUSED_NANOS;
    return now;
  }
}
