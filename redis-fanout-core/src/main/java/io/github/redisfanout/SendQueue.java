package io.github.redisfanout;

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

  // Links and no array: nearly all sessions of a node have nothing waiting, and then this takes
  // nothing, however much waited before.
  private @Nullable Waiting first; // null when nothing waits
  private @Nullable Waiting last; // the end of the list that begins with first
  private int waitingMessages;
  private int waitingBytes;

  private static final class Waiting {
    final TextPayload payload;
    @Nullable Waiting next; // null for the last one

    Waiting(TextPayload payload) {
      this.payload = payload;
    }
  }

  SendQueue(Sessions limits) {
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
    if (policy == OverflowPolicy.DROP_OLDEST && payload.bytes() <= limits.maxQueuedBytes()) {
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
    Waiting added = new Waiting(payload);
    if (last == null) {
      first = added;
    } else {
      last.next = added;
    }
    last = added;
    waitingMessages++;
    limits.counters().queueMessages.note(waitingMessages);
    waitingBytes += payload.bytes();
  }

  /** Takes out what waited longest; null if nothing waits. */
  private @Nullable TextPayload poll() {
    Waiting taken = first;
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
    return waitingMessages < limits.maxQueuedMessages()
        && payload.bytes() <= limits.maxQueuedBytes() - waitingBytes;
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
