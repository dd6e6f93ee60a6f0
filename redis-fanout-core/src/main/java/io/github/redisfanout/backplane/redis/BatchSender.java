package io.github.redisfanout.backplane.redis;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Sends batches as the present connection permits, behind the fence and by the script, and puts
 * back what Redis refused as a whole. Confined to the publishing thread.
 */
final class BatchSender {
  private final PublishBuffer buffer;
  private final SendWindow window;
  private final Fence fence;
  private final Targeting targeting;
  private final Predicate<String> isSubscribed;
  private final Runnable onUnheard;
  private @Nullable String refusal; // why Redis takes no messages; null if it does

  /**
   * Sends nothing yet.
   *
   * @param isSubscribed whether this node subscribes to a channel
   * @param onUnheard runs when Redis counted no subscriber of a channel of this node
   */
  BatchSender(
      PublishBuffer buffer,
      SendWindow window,
      Fence fence,
      LinkEvents events,
      Predicate<String> isSubscribed,
      Runnable onUnheard) {
    this.buffer = buffer;
    this.window = window;
    this.fence = fence;
    this.isSubscribed = isSubscribed;
    this.onUnheard = onUnheard;
    targeting = new Targeting(events);
  }

  /** There is a new connection: the permissions may have changed. */
  void reset() {
    refusal = null;
    fence.reset();
    targeting.reset();
  }

  /** Before the first batch of a connection. */
  void prepare(OneConnection open) {
    fence.tryOn(open, buffer.firstChannel());
  }

  /** Why Redis takes no messages for a while; null if it does. */
  @Nullable String refusal() {
    return refusal;
  }

  /** Sends the messages; returns false if all were taken back. */
  boolean send(OneConnection open, List<QueuedPublish> taken) {
    byte[] script = script(open, taken);
    Outcomes outcomes = new Outcomes(isSubscribed);
    Batch batch = new Batch(open, taken, script, outcomes);
    byte[] key = fence.key();
    Refusal refused;
    try {
      refused =
          key == null
              ? batch.publish(buffer::putBack, fence::countUnfenced)
              : batch.publishFenced(key, buffer::putBack);
    } finally {
      window.sent(outcomes.returningBytes());
    }
    if (outcomes.isUnheard()) {
      onUnheard.run();
    }
    refusal = null;
    if (refused != null) {
      refused(open, refused);
    } else if (batch.isWritten()) {
      held(batch, script == null ? List.of() : taken, key != null);
    }
    return batch.isWritten();
  }

  private byte @Nullable [] script(OneConnection open, List<QueuedPublish> taken) {
    try {
      return targeting.script(open, taken);
    } catch (Throwable e) {
      buffer.putBack(taken); // not claimed yet
      throw e;
    }
  }

  private void held(Batch batch, List<QueuedPublish> scripted, boolean fenced) {
    JedisDataException death = batch.death();
    if (death != null) {
      targeting.died(death);
    } else if (!scripted.isEmpty()) {
      targeting.held(scripted);
    }
    if (fenced) {
      fence.held();
    }
  }

  private void refused(OneConnection open, Refusal refused) {
    List<QueuedPublish> rest = refused.rest();
    rest.forEach(QueuedPublish::unclaim);
    buffer.putBack(rest);
    if (refused.isOfScript()) {
      targeting.refused(refused);
    } else if (!fence.refused(open, refused)) {
      refusal = Refusal.words(refused.cause());
    }
  }
}
