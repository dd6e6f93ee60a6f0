package io.github.redisfanout.it.checker;

import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything that explains why a published message did not reach a slot. Thread-safe. */
final class Explanations {
  /**
   * The longest that a message may have been under way when a queue or buffer refused it, or a
   * session ended: a stall, a pause of the server, a client that does not read.
   */
  private static final Duration UNDER_WAY = Duration.ofSeconds(8);

  private record Span(Instant from, Instant until, Explanation kind, String words) {
    boolean overlaps(Instant start, Instant end) {
      return !from.isAfter(end) && !start.isAfter(until);
    }
  }

  private final Slots slots;
  private final List<List<Span>> bySlot = new ArrayList<>();
  private final List<List<SessionRecord>> sessions = new ArrayList<>();

  Explanations(Slots slots) {
    this.slots = slots;
    for (int slot = 0; slot < slots.count(); slot++) {
      bySlot.add(new CopyOnWriteArrayList<>());
      sessions.add(new CopyOnWriteArrayList<>());
    }
  }

  void session(SessionRecord session) {
    sessions.get(session.slot).add(session);
  }

  /** An overload is reported by when messages arrived, all else by when they were published. */
  void gap(int node, Gap gap) {
    boolean overload = gap.cause() == Gap.Cause.OVERLOAD;
    Span span =
        new Span(
            overload ? gap.from().minus(UNDER_WAY) : gap.from(),
            gap.until(),
            overload ? Explanation.DROPPED : Explanation.GAP,
            gap.toString());
    for (int slot = 0; slot < slots.count(); slot++) {
      if (slots.node(slot) == node) {
        bySlot.get(slot).add(span);
      }
    }
  }

  /** Between these two moments the slot's queue may have been full. */
  void full(int slot, Instant from, Instant until) {
    String words = "full " + from + "/" + until;
    bySlot.get(slot).add(new Span(from.minus(UNDER_WAY), until, Explanation.DROPPED, words));
  }

  Explanation of(Message message, int slot) {
    Explanation notObliged = ofSessions(message, slot);
    if (notObliged != Explanation.NONE) {
      return notObliged;
    }
    return bySlot.get(slot).stream()
        .filter(span -> span.overlaps(message.called, message.ended))
        .map(Span::kind)
        .min(Enum::compareTo) // a gap before a full queue
        .orElse(Explanation.NONE);
  }

  private Explanation ofSessions(Message message, int slot) {
    List<SessionRecord> all = sessions.get(slot);
    Explanation explanation = Explanation.NOT_OPEN;
    for (int i = all.size() - 1; i >= 0; i--) {
      SessionRecord session = all.get(i);
      if (session.endedAt().isBefore(message.called)) {
        break; // and so have all before it
      }
      if (session.openedAt().isAfter(message.called)) {
        continue;
      }
      boolean mayHaveMissedIt =
          session.isEnded()
              && session.last[message.publisher] < message.number
              && session.endedAt().isBefore(message.ended.plus(UNDER_WAY));
      if (!mayHaveMissedIt) {
        return Explanation.NONE;
      }
      explanation = Explanation.SESSION_ENDED;
    }
    return explanation;
  }

  /** The gaps and sessions next to a message, for people. */
  String near(Message message, int slot) {
    Instant from = message.called.minus(UNDER_WAY);
    Instant until = message.ended.plus(UNDER_WAY);
    return "; near: "
        + bySlot.get(slot).stream()
            .filter(span -> span.overlaps(from, until))
            .map(Span::words)
            .toList()
        + "; sessions: "
        + sessions.get(slot).stream()
            .filter(s -> !s.endedAt().isBefore(from) && !s.openedAt().isAfter(until))
            .toList();
  }
}
