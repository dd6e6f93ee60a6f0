package io.github.redisfanout;

import org.jspecify.annotations.Nullable;

/**
 * What one session has to write; guarded by the session's lock.
 *
 * <p>One message is on its way: being written, or the next to be. It counts toward no limit, or a
 * message larger than the limit could never be sent. As many messages and bytes as the limits allow
 * wait behind it. So what is accepted does not depend on when the lane takes it up.
 */
final class SendQueue {
  /** How much may wait; {@code mark} notes the most messages that did, on all queues of a node. */
  record Limits(int messages, int bytes, HighWater mark) {}

  private final Limits limits;

  private @Nullable TextPayload onItsWay; // null when there is nothing to write

  // A linked list and no array: nearly all sessions of a node have nothing waiting, and then this
  // takes no memory, however much waited before.
  private @Nullable Node first; // null when nothing waits
  private @Nullable Node last; // the end of the list that begins with first
  private int waitingMessages;
  private int waitingBytes;

  private static final class Node {
    final TextPayload payload;
    @Nullable Node next; // null for the last one

    Node(TextPayload payload) {
      this.payload = payload;
    }
  }

  SendQueue(Limits limits) {
    this.limits = limits;
  }

  /**
   * Adds a message if it fits, or the policy makes it fit.
   *
   * @return how many older messages were dropped for it; -1 if it was refused
   */
  int offer(TextPayload payload, OverflowPolicy policy) {
    if (onItsWay == null) {
      onItsWay = payload;
      return 0;
    }
    int dropped = 0;
    if (policy == OverflowPolicy.DROP_OLDEST && payload.bytes() <= limits.bytes()) {
      while (first != null && !fits(payload)) {
        poll();
        dropped++;
      }
    }
    if (!fits(payload)) {
      return -1;
    }
    add(payload);
    return dropped;
  }

  private void add(TextPayload payload) {
    Node added = new Node(payload);
    if (last == null) {
      first = added;
    } else {
      last.next = added;
    }
    last = added;
    waitingMessages++;
    limits.mark().note(waitingMessages);
    waitingBytes += payload.bytes();
  }

  /** Takes out what waited longest; null if nothing waits. */
  private @Nullable TextPayload poll() {
    Node taken = first;
    if (taken == null) {
      return null;
    }
    first = taken.next;
    if (first == null) {
      last = null;
    }
    waitingMessages--;
    waitingBytes -= taken.payload.bytes();
    return taken.payload;
  }

  private boolean fits(TextPayload payload) {
    return waitingMessages < limits.messages() && payload.bytes() <= limits.bytes() - waitingBytes;
  }

  /** The message to be written, or being written; null when there is none. */
  @Nullable TextPayload onItsWay() {
    return onItsWay;
  }

  /** The message on its way is done; the one that waited longest is next. */
  void next() {
    onItsWay = poll();
  }

  /** Drops everything and says how many messages that were. */
  int clear() {
    int dropped = waitingMessages + (onItsWay == null ? 0 : 1);
    onItsWay = null;
    first = null;
    last = null;
    waitingMessages = 0;
    waitingBytes = 0;
    return dropped;
  }
}
