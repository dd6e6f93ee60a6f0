package io.github.redisfanout;

import org.jspecify.annotations.Nullable;

/**
 * The messages that a session has to write; guarded by the session's lock. One message is on its
 * way: being written, or next. It counts toward no limit, so that a message larger than the limit
 * can be sent. The others wait behind it, within the limits.
 */
final class SendQueue {
  /** How much may wait; {@code mark} notes the most messages that waited in any queue. */
  record Limits(int messages, int bytes, HighWater mark) {}

  private final Limits limits;

  private @Nullable TextPayload onItsWay; // null when there is nothing to write

  // A linked list, because it takes no memory while nothing waits, as in nearly all sessions.
  private @Nullable Node first; // null when nothing waits
  private @Nullable Node last; // null when nothing waits
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
   * Adds a message if it fits, or the policy makes room for it.
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
    return dropped;
  }

  /** Removes the oldest waiting message; null if none waits. */
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

  /** The message being written, or to be written next; null when there is none. */
  @Nullable TextPayload onItsWay() {
    return onItsWay;
  }

  /** The message on its way is done; the oldest waiting one is next. */
  void next() {
    onItsWay = poll();
  }

  /** Drops all messages and returns how many there were. */
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
