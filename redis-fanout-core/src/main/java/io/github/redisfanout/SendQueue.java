package io.github.redisfanout;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one session has to write; guarded by the session's lock.
 *
 * <p>One message is on its way: being written, or the next that will be. It counts for no bound, or
 * a message larger than the bound could never be sent. Behind it wait as many messages and bytes as
 * the limits allow. So what is accepted does not depend on when the lane takes it up.
 */
final class SendQueue {
  private final Sessions limits;

  private @Nullable TextPayload onItsWay; // null when there is nothing to write

  // Grows from one entry: most sessions of a node have nothing waiting.
  private final ArrayDeque<TextPayload> waiting = new ArrayDeque<>(1);
  private int waitingBytes;

  SendQueue(Sessions limits) {
    this.limits = limits;
  }

  /**
   * Adds a message if it fits, or can be made to.
   *
   * @return how many older messages were dropped for it; -1 if it was refused
   */
  int offer(TextPayload payload) {
    if (onItsWay == null) {
      onItsWay = payload;
      return 0;
    }
    int dropped = 0;
    if (limits.overflowPolicy() == OverflowPolicy.DROP_OLDEST
        && payload.bytes() <= limits.maxQueuedBytes()) {
      while (!waiting.isEmpty() && !fits(payload)) {
        waitingBytes -= waiting.remove().bytes();
        dropped++;
      }
    }
    if (!fits(payload)) {
      return -1;
    }
    waiting.add(payload);
    waitingBytes += payload.bytes();
    return dropped;
  }

  private boolean fits(TextPayload payload) {
    return waiting.size() < limits.maxQueuedMessages()
        && payload.bytes() <= limits.maxQueuedBytes() - waitingBytes;
  }

  /** The message to be written, or being written; null when there is none. */
  @Nullable TextPayload onItsWay() {
    return onItsWay;
  }

  /** The message on its way is done; the one that waited longest is next. */
  void next() {
    onItsWay = waiting.poll();
    if (onItsWay != null) {
      waitingBytes -= onItsWay.bytes();
    }
  }

  /** Drops everything and says how many messages that were. */
  int clear() {
    int dropped = waiting.size() + (onItsWay == null ? 0 : 1);
    onItsWay = null;
    waiting.clear();
    waitingBytes = 0;
    return dropped;
  }
}
