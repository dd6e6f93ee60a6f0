package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.Finding;
import io.github.redisfanout.it.checker.Findings;
import io.github.redisfanout.it.checker.MessageText;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.it.checker.Slots;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * What was published to one user, and how each publish ended; its checker compares that with what
 * clients received.
 *
 * <p>Thread-safe; a {@link Writer} is not.
 */
final class PublishLog {
  static final String USER = "alice";

  private static final int MAX_WRITERS = 16;
  private static final Slots SLOTS = new Slots(1, 8);

  /** How one publish ended, and when; {@code failure} is empty if it was published. */
  record Result(Outcome outcome, long nodes, Instant at, String failure) {}

  /** One message; Redis had it, if at all, between {@code before} and its result. */
  record Entry(MessageText id, Instant before, CompletableFuture<Result> result) {
    /** Waits for the outcome. */
    Result settled() {
      try {
        return result.get(20, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new AssertionError("no outcome of " + id, e);
      }
    }

    Outcome outcome() {
      return settled().outcome();
    }

    @Override
    public String toString() {
      return id + " published at " + before + ": " + (result.isDone() ? settled() : "no outcome");
    }
  }

  private final ConcurrentLinkedQueue<Entry> entries = new ConcurrentLinkedQueue<>();
  private final AtomicInteger writers = new AtomicInteger();
  private final AtomicLong worstCallNanos = new AtomicLong();
  private final Findings findings = new Findings();

  final DeliveryChecker checker =
      new DeliveryChecker(MAX_WRITERS, SLOTS, findings, (from, until) -> "");

  /** A stream of messages in order, each with its number. */
  final class Writer {
    private final Publisher publisher;
    private final int number = writers.getAndIncrement();

    private Writer(Publisher publisher) {
      this.publisher = publisher;
    }

    Entry publish() {
      return publish(0);
    }

    /** Publishes a message that is longer by this number of characters. */
    Entry publish(int padding) {
      Instant before = Instant.now();
      long message = checker.begin(number, SLOTS.all(), before);
      String text = MessageText.of(number, message, padding);
      long start = System.nanoTime();
      CompletableFuture<Receipt> publish = publisher.publish(List.of(USER), text);
      worstCallNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
      MessageText id = new MessageText(number, message);
      Entry entry = new Entry(id, before, publish.handle((r, failure) -> ended(id, r, failure)));
      entries.add(entry);
      return entry;
    }
  }

  private Result ended(MessageText id, Receipt receipt, Throwable failure) {
    Outcome outcome = Outcome.of(failure);
    Instant now = Instant.now();
    checker.ended(id.publisher(), id.number(), outcome, now);
    return failure instanceof PublishException
        ? new Result(outcome, 0, now, String.valueOf(failure.getMessage()))
        : new Result(outcome, receipt.nodes(), now, "");
  }

  Writer writer(Publisher publisher) {
    return new Writer(publisher);
  }

  int size() {
    return entries.size();
  }

  List<Entry> entries(Outcome outcome) {
    return entries.stream().filter(entry -> entry.outcome() == outcome).toList();
  }

  /** How many are known by now to have ended so. */
  long count(Outcome outcome) {
    return entries.stream()
        .filter(entry -> entry.result().isDone() && entry.outcome() == outcome)
        .count();
  }

  Set<Outcome> outcomes() {
    return entries.stream().map(Entry::outcome).collect(Collectors.toSet());
  }

  boolean areSettled() {
    return entries.stream().allMatch(entry -> entry.result().isDone());
  }

  /** How long the slowest call of publish took. */
  Duration worstCall() {
    return Duration.ofNanos(worstCallNanos.get());
  }

  /** What was published and this client did not receive. */
  List<Entry> missed(CheckedNode node) {
    return entries(Outcome.PUBLISHED).stream().filter(entry -> !node.hasReceived(entry)).toList();
  }

  /** Everything was received once and in order, except what was published in a reported gap. */
  void assertAllIsExplained() {
    checker.close();
    assertThat(findings.offenders()).isEmpty();
  }

  /** Everything that was received is right; messages may be missing. */
  void assertReceivedRightly() {
    checker.close();
    EnumSet<Finding> wrong = EnumSet.complementOf(EnumSet.of(Finding.UNEXPLAINED_LOSSES));
    assertThat(wrong).as("%s", findings.offenders()).allMatch(f -> findings.count(f) == 0);
  }
}
