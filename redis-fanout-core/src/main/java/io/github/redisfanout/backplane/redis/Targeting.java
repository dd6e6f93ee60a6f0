package io.github.redisfanout.backplane.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Whether batches go out by {@link PublishScript} on the present connection. Confined to the
 * publishing thread.
 */
final class Targeting {
  /** A server that forgets the script so often is none, but several. */
  private static final int MAX_LOST = 100;

  /** A server at which the script fails so often cannot run it. */
  private static final int MAX_DEATHS = 3;

  private final LinkEvents events;
  private byte @Nullable [] script; // its name; null while it is not loaded
  private boolean permitted = true;
  private boolean refusedNow; // the batch that was put back goes out without the script
  private int lost; // how often in a row the server did not know the script
  private int deaths; // how often in a row the script ended with an error

  Targeting(LinkEvents events) {
    this.events = events;
  }

  /** There is a new connection. */
  void reset() {
    script = null;
    permitted = true;
    refusedNow = false;
    lost = 0;
    deaths = 0;
  }

  /**
   * The script to publish these messages with; null: they all go on the common channel.
   *
   * @throws JedisDataException if the server takes no commands now
   */
  byte @Nullable [] script(OneConnection open, List<QueuedPublish> messages) {
    if (messages.stream().noneMatch(QueuedPublish::needsScript)) {
      return null;
    }
    // Others may be permitted to target, so a detour is tried again each time.
    boolean detour = messages.stream().anyMatch(each -> each.message().detour() != null);
    boolean tries = permitted || (detour && !refusedNow && deaths < MAX_DEATHS);
    refusedNow = false;
    if (tries && script == null) {
      load(open);
    }
    return tries ? script : null;
  }

  private void load(OneConnection open) {
    try {
      script = PublishScript.load(open);
    } catch (JedisDataException e) {
      if (Refusal.reason(e) == Refusal.Reason.NOT_NOW) {
        throw e;
      }
      notPermitted(e);
      refusedNow = false; // this batch goes out without it, and is not put back
    }
  }

  /** These messages went out by the script; only those with recipients need all permissions. */
  void held(List<QueuedPublish> messages) {
    lost = 0;
    deaths = 0;
    permitted = true;
    if (messages.stream().anyMatch(each -> each.message().recipients() != null)) {
      events.note(LinkEvents.Note.TARGETING, null);
    }
  }

  /** The script published nothing; the batch was put back. */
  void refused(Refusal refused) {
    if (refused.reason() == Refusal.Reason.NO_SCRIPT && ++lost < MAX_LOST) {
      script = null;
    } else {
      notPermitted(refused.cause());
    }
  }

  /** The script ended with an error; what became of the batch is unknown. */
  void died(JedisDataException cause) {
    deaths++;
    if (deaths >= MAX_DEATHS) {
      notPermitted(cause);
      refusedNow = false; // nothing was put back
    }
  }

  private void notPermitted(JedisDataException cause) {
    permitted = false;
    refusedNow = true;
    events.note(
        LinkEvents.Note.TARGETING,
        "not targeted: Redis refuses EVALSHA, SCRIPT LOAD or PUBSUB NUMSUB: "
            + Refusal.words(cause).replace(PublishScript.NOT_COUNTED + " ", ""));
  }
}
