package io.github.redisfanout.it.checker;

import io.github.redisfanout.backplane.Gap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/**
 * Follows every message to every client, and finds what was lost, duplicated or reordered.
 * Thread-safe.
 *
 * <p>A message is judged by {@link #settle} once its outcome is old enough, and forgotten. A loss
 * that cannot be explained by then is judged again by {@link #close}, because a node reports a gap
 * when it is over.
 */
public final class DeliveryChecker {
  /** Beyond this number, a loss that cannot be explained when it is due counts at once. */
  private static final int MAX_SUSPECTS = 100_000;

  private record Suspect(Message message, int slot) {}

  /** One publisher's messages that are not yet judged, by number; its monitor guards them. */
  private static final class Stream {
    final Map<Long, Message> messages = new HashMap<>();
    long first;
    long next;
    int open; // have no outcome
  }

  private final Slots slots;
  private final Findings findings;
  private final BiFunction<Instant, Instant, String> near;
  private final Explanations explanations;
  private final Totals totals;
  private final List<Stream> streams = new ArrayList<>();
  private final List<Suspect> suspects = new ArrayList<>(); // guarded by this
  private final AtomicLong received = new AtomicLong();

  /** {@code near} describes what else happened between two moments, for people. */
  public DeliveryChecker(
      int publishers, Slots slots, Findings findings, BiFunction<Instant, Instant, String> near) {
    this.slots = slots;
    this.findings = findings;
    this.near = near;
    explanations = new Explanations(slots);
    totals = new Totals(publishers, slots.nodes());
    for (int i = 0; i < publishers; i++) {
      streams.add(new Stream());
    }
  }

  // ---- what happens

  /** A publish is about to be called; gives its number. Each publisher is one thread. */
  public long begin(int publisher, long addressed, Instant now) {
    Stream stream = streams.get(publisher);
    synchronized (stream) {
      long number = stream.next++;
      stream.messages.put(number, new Message(publisher, number, addressed, now));
      stream.open++;
      return number;
    }
  }

  /** A publish has ended. */
  public void ended(int publisher, long number, Outcome outcome, Instant now) {
    Stream stream = streams.get(publisher);
    synchronized (stream) {
      Message message = stream.messages.get(number);
      if (message == null || message.outcome != null) {
        findings.add(Finding.DUPLICATES, "outcome " + outcome + " of " + publisher + "#" + number);
        return;
      }
      message.outcome = outcome;
      message.ended = now;
      stream.open--;
    }
  }

  /** A session is about to be opened in this slot. */
  public SessionRecord session(int slot) {
    SessionRecord session = new SessionRecord(slot, streams.size());
    explanations.session(session);
    return session;
  }

  /** A session's client has this message. */
  public void received(SessionRecord session, int publisher, long number) {
    received.incrementAndGet();
    Stream stream = streams.get(publisher);
    long slot = 1L << session.slot;
    synchronized (stream) {
      Message message = stream.messages.get(number);
      if (message == null) {
        findings.add(
            number < session.last[publisher] ? Finding.REORDERED : Finding.WRONGLY_RECEIVED,
            publisher + "#" + number + by(session.slot) + " long after its outcome");
      } else if ((message.received & slot) != 0) {
        findings.add(Finding.DUPLICATES, message + by(session.slot) + near(message));
      } else {
        message.received |= slot;
        if (number < session.last[publisher]) {
          message.late |= slot;
        } else {
          session.last[publisher] = number;
        }
      }
    }
  }

  /** A node reported a gap. */
  public void gap(int node, Gap gap) {
    explanations.gap(node, gap);
  }

  /** Between these two moments a slot's queue may have been full. */
  public void full(int slot, Instant from, Instant until) {
    explanations.full(slot, from, until);
  }

  // ---- what it comes to

  /** Judges and forgets all messages that ended before this moment. */
  public synchronized void settle(Instant before) {
    for (Stream stream : streams) {
      synchronized (stream) {
        Message message = stream.messages.get(stream.first);
        while (message != null && message.ended.isBefore(before)) {
          judge(message);
          stream.messages.remove(stream.first++);
          message = stream.messages.get(stream.first);
        }
      }
    }
  }

  private void judge(Message message) {
    totals.addEnded(message.publisher, message.outcome);
    long wrong =
        message.outcome.mayBeReceived() ? message.received & ~message.addressed : message.received;
    found(Finding.WRONGLY_RECEIVED, wrong, message);
    if (message.outcome == Outcome.UNKNOWN) {
      // It may still lie in some buffer when the next connection is made.
      totals.addLateUnknown(Long.bitCount(message.late));
    } else {
      found(Finding.REORDERED, message.late, message);
    }
    for (int node = 0; node < slots.nodes(); node++) {
      if ((message.received & slots.ofNode(node)) != 0) {
        totals.addReceived(node);
      }
    }
    if (message.outcome == Outcome.PUBLISHED) {
      long missing = message.addressed & ~message.received;
      for (; missing != 0; missing &= missing - 1) {
        missing(message, Long.numberOfTrailingZeros(missing), suspects.size() >= MAX_SUSPECTS);
      }
    }
  }

  private void found(Finding finding, long where, Message message) {
    if (where != 0) {
      String words = message + by(Long.numberOfTrailingZeros(where)) + near(message);
      findings.add(finding, Long.bitCount(where), words);
    }
  }

  private void missing(Message message, int slot, boolean last) {
    Explanation explanation = explanations.of(message, slot);
    if (explanation != Explanation.NONE) {
      totals.addExplained(slots.node(slot), explanation);
    } else if (last) {
      findings.add(
          Finding.UNEXPLAINED_LOSSES,
          message + by(slot) + explanations.near(message, slot) + near(message));
    } else {
      suspects.add(new Suspect(message, slot));
    }
  }

  /** Judges everything, and again what could not be explained when it was due. */
  public synchronized void close() {
    settle(Instant.MAX);
    for (Stream stream : streams) {
      synchronized (stream) {
        for (Message message : stream.messages.values()) {
          if (message.outcome == null) {
            findings.add(Finding.WITHOUT_OUTCOME, message.toString());
          } else {
            judge(message); // it ended behind one that did not
          }
        }
        stream.messages.clear();
      }
    }
    List<Suspect> due = List.copyOf(suspects);
    suspects.clear();
    for (Suspect suspect : due) {
      synchronized (streams.get(suspect.message.publisher)) {
        missing(suspect.message, suspect.slot, true);
      }
    }
  }

  /** What has been judged so far. */
  public Totals totals() {
    return totals;
  }

  /** Losses that are not explained so far. */
  public synchronized int suspects() {
    return suspects.size();
  }

  /** How many messages clients have received. */
  public long received() {
    return received.get();
  }

  /** Whether all these slots have received this message; false once it is judged. */
  public boolean hasReached(int publisher, long number, long addressed) {
    Stream stream = streams.get(publisher);
    synchronized (stream) {
      Message message = stream.messages.get(number);
      return message != null && (message.received & addressed) == addressed;
    }
  }

  /** Publishes without an outcome. */
  public int open(int publisher) {
    Stream stream = streams.get(publisher);
    synchronized (stream) {
      return stream.open;
    }
  }

  private String by(int slot) {
    return " by " + slots.describe(slot);
  }

  private String near(Message message) {
    return near.apply(message.called, message.outcome == null ? message.called : message.ended);
  }
}
