package io.github.redisfanout.benchmarks.soak.books;

import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything that explains why a published message did not reach a seat. Thread-safe. */
final class Excuses {
  /**
   * The longest that a message may have been on its way when a queue or lane refused it, or a
   * session ended: a stall, a pause of the server, a client that does not read.
   */
  static final long ON_ITS_WAY_NANOS = Duration.ofSeconds(8).toNanos();

  private record Span(long from, long until, boolean told, String words) {
    boolean overlaps(long start, long end) {
      return from <= end && start <= until;
    }
  }

  private final Seats seats;
  private final List<List<Span>> byNode = new ArrayList<>();
  private final List<List<Span>> bySeat = new ArrayList<>();
  private final List<List<Visit>> visits = new ArrayList<>();

  Excuses(Seats seats) {
    this.seats = seats;
    for (int node = 0; node < seats.nodes(); node++) {
      byNode.add(new CopyOnWriteArrayList<>());
    }
    for (int seat = 0; seat < seats.count(); seat++) {
      bySeat.add(new CopyOnWriteArrayList<>());
      visits.add(new CopyOnWriteArrayList<>());
    }
  }

  void visit(Visit visit) {
    visits.get(visit.seat).add(visit);
  }

  /** An overload is told by when messages arrived, all else by when they were published. */
  void gap(int node, Gap gap) {
    boolean overload = gap.cause() == Gap.Cause.OVERLOAD;
    long from = Moments.nanos(gap.from());
    long until = Moments.nanos(gap.until());
    String words = gap.cause() + " " + Moments.text(from) + "/" + Moments.text(until);
    byNode
        .get(node)
        .add(new Span(overload ? from - ON_ITS_WAY_NANOS : from, until, !overload, words));
  }

  /** Between these two moments the seat's queue may have been full. */
  void full(int seat, long from, long until) {
    String words = "full " + Moments.text(from) + "/" + Moments.text(until);
    bySeat.get(seat).add(new Span(from - ON_ITS_WAY_NANOS, until, false, words));
  }

  Explanation of(Message message, int seat) {
    Explanation notObliged = ofVisits(message, seat);
    if (notObliged != Explanation.NONE) {
      return notObliged;
    }
    List<Span> ofNode = byNode.get(seats.node(seat));
    if (ofNode.stream().anyMatch(s -> s.told && s.overlaps(message.called, message.ended))) {
      return Explanation.GAP;
    }
    boolean dropped =
        ofNode.stream().anyMatch(s -> !s.told && s.overlaps(message.called, message.ended))
            || bySeat.get(seat).stream().anyMatch(s -> s.overlaps(message.called, message.ended));
    return dropped ? Explanation.DROPPED : Explanation.NONE;
  }

  private Explanation ofVisits(Message message, int seat) {
    List<Visit> all = visits.get(seat);
    Explanation explanation = Explanation.NOT_OPEN;
    for (int i = all.size() - 1; i >= 0; i--) {
      Visit visit = all.get(i);
      if (visit.endedAt() < message.called) {
        break; // and so have all before it
      }
      if (visit.openedAt() > message.called) {
        continue;
      }
      boolean mayHaveMissedIt =
          visit.isEnded()
              && visit.last[message.publisher] < message.number
              && visit.endedAt() - message.ended < ON_ITS_WAY_NANOS;
      if (!mayHaveMissedIt) {
        return Explanation.NONE;
      }
      explanation = Explanation.SESSION_ENDED;
    }
    return explanation;
  }

  /** The gaps and visits next to a message, for people. */
  String near(Message message, int seat) {
    StringBuilder words = new StringBuilder();
    append(words, "gaps of the node", byNode.get(seats.node(seat)), message);
    append(words, "seat", bySeat.get(seat), message);
    words.append("; visits");
    for (Visit visit : visits.get(seat)) {
      if (visit.endedAt() >= message.called - ON_ITS_WAY_NANOS
          && visit.openedAt() <= message.ended + ON_ITS_WAY_NANOS) {
        words.append(" [").append(visit).append(']');
      }
    }
    return words.toString();
  }

  private static void append(StringBuilder words, String title, List<Span> spans, Message message) {
    words.append("; ").append(title);
    for (Span span : spans) {
      if (span.overlaps(message.called - ON_ITS_WAY_NANOS, message.ended + ON_ITS_WAY_NANOS)) {
        words.append(" [").append(span.words).append(']');
      }
    }
  }
}
