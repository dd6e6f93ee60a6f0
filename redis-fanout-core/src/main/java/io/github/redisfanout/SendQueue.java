package io.github.redisfanout;

import java.util.ArrayDeque;

/** What waits for one session, bounded by count and bytes; guarded by the session's lock. */
final class SendQueue {
  private final Sessions limits;

  // Grows from one entry: most sessions of a node have nothing waiting.
  private final ArrayDeque<TextPayload> queue = new ArrayDeque<>(1);
  private int bytes;

  SendQueue(Sessions limits) {
    this.limits = limits;
  }

  /**
   * Adds a message if it fits, or can be made to.
   *
   * @param writing whether a message is being written, so that this one has to wait
   * @return how many older messages were dropped for it; -1 if it was refused
   */
  int offer(TextPayload payload, boolean writing) {
    int dropped = 0;
    if (limits.overflowPolicy() == OverflowPolicy.DROP_OLDEST
        && payload.bytes() <= limits.maxQueuedBytes()) {
      while (!queue.isEmpty() && !fits(payload, writing)) {
        poll();
        dropped++;
      }
    }
    if (!fits(payload, writing)) {
      return -1;
    }
    queue.add(payload);
    bytes += payload.bytes();
    return dropped;
  }

  // A message that goes straight to the wire does not wait, so it fits whatever its size.
  private boolean fits(TextPayload payload, boolean writing) {
    return (queue.isEmpty() && !writing)
        || (queue.size() < limits.maxQueuedMessages()
            && payload.bytes() <= limits.maxQueuedBytes() - bytes);
  }

  TextPayload poll() {
    TextPayload next = queue.remove();
    bytes -= next.bytes();
    return next;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  int size() {
    return queue.size();
  }

  void clear() {
    queue.clear();
    bytes = 0;
  }
}
