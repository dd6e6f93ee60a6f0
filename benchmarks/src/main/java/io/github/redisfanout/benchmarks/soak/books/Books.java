package io.github.redisfanout.benchmarks.soak.books;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Gap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/**
 * The books of every message and every seat. Thread-safe.
 *
 * <p>A message is judged by {@link #settle} once its outcome is old enough; what cannot be
 * explained by then is judged again by {@link #close}, because gaps are told when they are over.
 */
public final class Books {
  /** Beyond so many, a message that cannot be explained when it is due counts at once. */
  private static final int MAX_SUSPECTS = 100_000;

  private record Suspect(Message message, int seat) {}

  /** One publisher's messages; its monitor guards them. */
  private static final class Pages {
    final Window window = new Window();
  }

  private final Seats seats;
  private final Findings findings;
  private final BiFunction<Instant, Instant, String> near;
  private final Excuses excuses;
  private final List<Pages> pages = new ArrayList<>();
  private final AtomicLong received = new AtomicLong();

  @GuardedBy("this")
  private final Totals totals;

  @GuardedBy("this")
  private final List<Suspect> suspects = new ArrayList<>();

  /**
   * Begins empty books.
   *
   * @param near describes what else happened between two moments, for people
   */
  public Books(
      int publishers, Seats seats, Findings findings, BiFunction<Instant, Instant, String> near) {
    this.seats = seats;
    this.findings = findings;
    this.near = near;
    excuses = new Excuses(seats);
    totals = new Totals(publishers, seats.nodes());
    for (int i = 0; i < publishers; i++) {
      pages.add(new Pages());
    }
  }

  // ---- what happens

  /** A publish is about to be called; gives its number. Each publisher is one thread. */
  public long begin(int publisher, long addressed, Instant now) {
    Pages own = pages.get(publisher);
    synchronized (own) {
      long number = own.window.next();
      own.window.add(new Message(publisher, number, addressed, Moments.nanos(now)));
      return number;
    }
  }

  /** A publish has ended. */
  public void ended(int publisher, long number, Outcome outcome, Instant now) {
    Pages own = pages.get(publisher);
    synchronized (own) {
      Message message = own.window.find(number);
      if (message == null || message.outcome != null) {
        findings.add(
            Finding.DUPLICATES,
            "outcome " + outcome + " of " + publisher + "#" + number + " again");
        return;
      }
      message.outcome = outcome;
      message.ended = Moments.nanos(now);
    }
  }

  /** A session is about to be opened on this seat. */
  public Visit visit(int seat) {
    Visit visit = new Visit(seat, pages.size());
    excuses.visit(visit);
    return visit;
  }

  /** A session's client has this message. */
  public void received(Visit visit, int publisher, long number) {
    received.incrementAndGet();
    Pages own = pages.get(publisher);
    long seat = 1L << visit.seat;
    synchronized (own) {
      Message message = own.window.find(number);
      if (message == null) {
        findings.add(
            number < visit.last[publisher] ? Finding.REORDERED : Finding.WRONGLY_RECEIVED,
            publisher + "#" + number + " by seat " + visit.seat + " when it was long settled");
      } else if ((message.received & seat) != 0) {
        findings.add(Finding.DUPLICATES, message + " by " + words(visit.seat) + near(message));
      } else {
        message.received |= seat;
        if (number < visit.last[publisher]) {
          message.late |= seat;
        } else {
          visit.last[publisher] = number;
        }
      }
    }
  }

  /** A node told a gap. */
  public void gap(int node, Gap gap) {
    excuses.gap(node, gap);
  }

  /** Between these two moments a seat's queue may have been full. */
  public void full(int seat, Instant from, Instant until) {
    excuses.full(seat, Moments.nanos(from), Moments.nanos(until));
  }

  // ---- what it comes to

  /** Judges and forgets all messages that ended before this moment. */
  public synchronized void settle(Instant before) {
    for (Pages own : pages) {
      synchronized (own) {
        Window window = own.window;
        Message message = window.first();
        while (message != null && message.ended < Moments.nanos(before)) {
          judge(message);
          window.removeFirst();
          message = window.first();
        }
      }
    }
  }

  @GuardedBy("this")
  private void judge(Message message) {
    Outcome outcome = message.outcome;
    if (outcome == null) {
      throw new IllegalStateException("not ended: " + message);
    }
    totals.ended(message.publisher, outcome);
    long wrong = message.received & ~message.addressed;
    if (outcome.reachesNobody()) {
      wrong = message.received;
    }
    if (wrong != 0) {
      int seat = Long.numberOfTrailingZeros(wrong);
      findings.add(
          Finding.WRONGLY_RECEIVED,
          Long.bitCount(wrong),
          message + " by " + words(seat) + near(message));
    }
    for (int node = 0; node < seats.nodes(); node++) {
      totals.heard(node, (message.received & seats.ofNode(node)) != 0);
    }
    judgeLate(message, outcome);
    if (outcome == Outcome.PUBLISHED) {
      long missing = message.addressed & ~message.received;
      for (; missing != 0; missing &= missing - 1) {
        missing(message, Long.numberOfTrailingZeros(missing), suspects.size() >= MAX_SUSPECTS);
      }
    }
  }

  // A message without an answer may still lie in some buffer when the next connection is made.
  @GuardedBy("this")
  private void judgeLate(Message message, Outcome outcome) {
    int late = Long.bitCount(message.late);
    if (outcome == Outcome.UNKNOWN) {
      totals.lateUnknown += late;
    } else if (late > 0) {
      int seat = Long.numberOfTrailingZeros(message.late);
      findings.add(Finding.REORDERED, late, message + " by " + words(seat) + near(message));
    }
  }

  @GuardedBy("this")
  private void missing(Message message, int seat, boolean last) {
    Explanation explanation = excuses.of(message, seat);
    if (explanation != Explanation.NONE) {
      totals.explained(seats.node(seat), explanation);
    } else if (last) {
      findings.add(
          Finding.UNEXPLAINED_LOSSES,
          message + " by " + words(seat) + excuses.near(message, seat) + near(message));
    } else {
      suspects.add(new Suspect(message, seat));
    }
  }

  /** Settles everything, and judges again what could not be explained when it was due. */
  public synchronized void close() {
    for (Pages own : pages) {
      synchronized (own) {
        for (Message one = own.window.first(); one != null; one = own.window.first()) {
          if (one.outcome == null) {
            findings.add(Finding.WITHOUT_OUTCOME, one.toString());
          } else {
            judge(one);
          }
          own.window.removeFirst();
        }
      }
    }
    List<Suspect> due = List.copyOf(suspects);
    suspects.clear();
    for (Suspect suspect : due) {
      synchronized (pages.get(suspect.message.publisher)) {
        missing(suspect.message, suspect.seat, true);
      }
    }
  }

  /** What has been settled so far. */
  public synchronized Totals totals() {
    return totals.copy();
  }

  /** Messages that are settled and not explained so far; one for each seat. */
  public synchronized int suspects() {
    return suspects.size();
  }

  public long received() {
    return received.get();
  }

  /** Whether all these seats have received this message; false once it is settled. */
  public boolean hasReached(int publisher, long number, long addressed) {
    Pages own = pages.get(publisher);
    synchronized (own) {
      Message message = own.window.find(number);
      return message != null && (message.received & addressed) == addressed;
    }
  }

  /** A message that is not yet settled, and who has not received it so far, for people. */
  public String describe(int publisher, long number) {
    Pages own = pages.get(publisher);
    synchronized (own) {
      Message message = own.window.find(number);
      if (message == null) {
        return publisher + "#" + number + " is settled";
      }
      StringBuilder words = new StringBuilder(message.toString());
      long missing = message.addressed & ~message.received;
      for (; missing != 0; missing &= missing - 1) {
        int seat = Long.numberOfTrailingZeros(missing);
        words.append("; not by ").append(words(seat)).append(' ');
        words.append(excuses.of(message, seat)).append(excuses.near(message, seat));
      }
      return words.toString();
    }
  }

  /** Publishes without an outcome. */
  public int open(int publisher) {
    Pages own = pages.get(publisher);
    synchronized (own) {
      int open = 0;
      for (long number = own.window.next() - 1; own.window.find(number) != null; number--) {
        Message message = own.window.find(number);
        open += message != null && message.outcome == null ? 1 : 0;
      }
      return open;
    }
  }

  private String words(int seat) {
    return "user " + seats.user(seat) + " on node " + seats.node(seat);
  }

  private String near(Message message) {
    long until = message.ended == Moments.NEVER ? message.called : message.ended;
    return near.apply(Moments.instant(message.called), Moments.instant(until));
  }
}
