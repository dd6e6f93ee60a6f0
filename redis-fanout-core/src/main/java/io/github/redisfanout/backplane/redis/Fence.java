package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether batches go out behind the fence on the present connection. Confined to the publishing
 * thread. See {@link Batch} for what the fence is.
 */
final class Fence {
  /** How long a batch may go out after the server was confirmed. */
  private static final long CONFIRMED_NANOS = Duration.ofMillis(50).toNanos();

  private enum Mode {
    UNTRIED,
    ON,
    OFF
  }

  private final Fencing fencing;
  private final Dialer dialer;
  private final LinkEvents events;
  private Mode mode = Mode.UNTRIED;
  private byte @Nullable [] key; // null before the first message

  private boolean unfenced; // the next batch goes out without the fence
  private boolean limited; // only until the next
  private long unfencedUntilNanos;
  private boolean noted; // that replicas are missing
  private @Nullable String why; // the next batch goes out without the fence; null: a note says it

  Fence(Fencing fencing, Dialer dialer, LinkEvents events) {
    this.fencing = fencing;
    this.dialer = dialer;
    this.events = events;
  }

  /** There is a new connection. */
  void reset() {
    mode = fencing == Fencing.OFF ? Mode.OFF : Mode.UNTRIED;
    unfenced = false;
  }

  /** Tries the fence before the first message of a connection. */
  void tryOn(OneConnection open, @Nullable String channel) {
    if (mode != Mode.UNTRIED || channel == null) {
      return;
    }
    if (key == null) {
      key = (channel + ":redis-fanout:fence").getBytes(UTF_8);
    }
    Refusal refused = Batch.tryFence(open, key);
    mode = Mode.ON;
    if (refused == null) {
      events.note(LinkEvents.Note.FENCE, null);
      dialer.noteReplicas(open);
      return;
    }
    switch (refused.reason()) {
      case REPLICA -> throw wrongRole(refused);
      case NOT_NOW -> throw refused.cause();
      case NO_FENCE -> switchOff(refused);
      default -> {} // it holds, and a batch will show what to do
    }
  }

  /** The key to delete; null if the next batch goes out without the fence. */
  byte @Nullable [] key() {
    boolean without = unfenced && !(limited && System.nanoTime() - unfencedUntilNanos >= 0);
    unfenced = false;
    return mode == Mode.ON && !without ? key : null;
  }

  /** A batch went out behind the fence. */
  void held() {
    if (noted) {
      events.note(LinkEvents.Note.NO_REPLICAS, null);
      noted = false;
    }
  }

  /** Counts a batch that went out without the fence. */
  void countUnfenced() {
    if (why != null) {
      events.report(Kind.UNFENCED, "Published without the fence: " + why);
      why = null;
    } else if (fencing == Fencing.AUTO) {
      events.count(Kind.UNFENCED);
    }
  }

  /** Redis refused a batch; returns whether the next one may go out at once. */
  boolean refused(OneConnection open, Refusal refused) {
    String words = Refusal.words(refused.cause());
    if (refused.reason() != Refusal.Reason.MESSAGES) {
      events.report(Kind.FENCE_REFUSED, "Redis refused a fenced batch: " + words);
    }
    return switch (refused.reason()) {
      case MESSAGES, NO_SCRIPT, SCRIPT_NOT_PERMITTED -> true;
      case REPLICA -> throw wrongRole(refused);
      case NOT_NOW -> false;
      case NO_FENCE -> {
        switchOff(refused);
        yield true;
      }
      case NO_WRITES -> {
        why = words;
        unfenced = true;
        limited = false;
        yield true;
      }
      case NO_REPLICAS -> {
        // A master that was replaced has lost its replicas, but so has one whose replica restarts.
        if (!dialer.confirms(open)) {
          yield false;
        }
        events.note(LinkEvents.Note.NO_REPLICAS, "published without the fence: " + words);
        noted = true;
        why = words;
        unfenced = true;
        limited = true;
        unfencedUntilNanos = System.nanoTime() + CONFIRMED_NANOS;
        yield true;
      }
    };
  }

  private void switchOff(Refusal refused) {
    mode = Mode.OFF;
    events.note(
        LinkEvents.Note.FENCE,
        "not fenced: Redis refuses MULTI, DEL or EXEC: " + Refusal.words(refused.cause()));
  }

  private static WrongRoleException wrongRole(Refusal refused) {
    return new WrongRoleException("Redis has become a replica: " + Refusal.words(refused.cause()));
  }
}
