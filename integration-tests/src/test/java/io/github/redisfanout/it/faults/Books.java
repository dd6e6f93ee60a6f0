package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.testkit.RecordingTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What was published, what became of it and what was heard; after a fault all three must agree.
 *
 * <p>Thread-safe; a {@link Writer} is not.
 */
final class Books {
  static final String USER = "alice";

  /** How a publish can end. */
  enum Outcome {
    PUBLISHED,
    REJECTED,
    EXPIRED,
    UNKNOWN
  }

  /** How one publish ended, and when; {@code words} are those of the failure. */
  record Fate(Outcome outcome, long receivers, Instant at, String words) {}

  /** One message; Redis had it, if at all, between {@code before} and its fate. */
  record Entry(String id, Instant before, CompletableFuture<Fate> fate) {
    /** Waits for the outcome. */
    Fate settled() {
      try {
        return fate.get(20, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new AssertionError("message " + id + " has no outcome", e);
      }
    }

    Outcome outcome() {
      return settled().outcome();
    }

    @Override
    public String toString() {
      return id + " published at " + before + ": " + (fate.isDone() ? settled() : "no outcome");
    }
  }

  private final ConcurrentLinkedQueue<Entry> entries = new ConcurrentLinkedQueue<>();
  private final AtomicInteger writers = new AtomicInteger();
  private final AtomicLong worstCallNanos = new AtomicLong();

  /** A stream of messages in order; each has a number of its own. */
  final class Writer {
    private final Publisher publisher;
    private final int number = writers.incrementAndGet();
    private int messages;

    private Writer(Publisher publisher) {
      this.publisher = publisher;
    }

    Entry publish() {
      return publish(0);
    }

    /** Publishes a message that is longer by so many characters. */
    Entry publish(int padding) {
      String id = number + ":" + ++messages;
      String payload = padding == 0 ? id : id + " " + "x".repeat(padding);
      Instant before = Instant.now();
      long start = System.nanoTime();
      CompletableFuture<Receipt> publish = publisher.publish(List.of(USER), payload);
      worstCallNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
      Entry entry = new Entry(id, before, publish.handle(Books::fate));
      entries.add(entry);
      return entry;
    }
  }

  private static Fate fate(Receipt receipt, Throwable failure) {
    if (failure == null) {
      return new Fate(Outcome.PUBLISHED, receipt.receivers(), Instant.now(), "");
    }
    PublishException told = (PublishException) failure;
    Outcome outcome = Outcome.valueOf(told.outcome().name());
    return new Fate(outcome, 0, Instant.now(), String.valueOf(told.getMessage()));
  }

  Writer writer(Publisher publisher) {
    return new Writer(publisher);
  }

  List<Entry> entries() {
    return List.copyOf(entries);
  }

  List<Entry> entries(Outcome outcome) {
    return entries.stream().filter(entry -> entry.outcome() == outcome).toList();
  }

  /** How many are known by now to have ended so. */
  long count(Outcome outcome) {
    return entries.stream()
        .filter(entry -> entry.fate().isDone() && entry.outcome() == outcome)
        .count();
  }

  Set<Outcome> outcomes() {
    Set<Outcome> outcomes = new HashSet<>();
    entries.forEach(entry -> outcomes.add(entry.outcome()));
    return outcomes;
  }

  boolean areSettled() {
    return entries.stream().allMatch(entry -> entry.fate().isDone());
  }

  /** How long the slowest call of publish took until it returned. */
  Duration worstCall() {
    return Duration.ofNanos(worstCallNanos.get());
  }

  /** The id of a message, from the JSON that a client is sent. */
  static String id(String text) {
    int end = text.indexOf(' ');
    return text.substring(1, end < 0 ? text.length() - 1 : end);
  }

  /** The ids of what this client was sent, in order. */
  static List<String> heard(RecordingTransport client) {
    return client.texts().stream().map(Books::id).toList();
  }

  /** What was published and this client was not sent. */
  List<Entry> missed(RecordingTransport client) {
    Set<String> heard = new HashSet<>(heard(client));
    return entries(Outcome.PUBLISHED).stream()
        .filter(entry -> !heard.contains(entry.id()))
        .toList();
  }

  /** What this client was sent is right, and whatever it missed was told of. */
  void assertAgree(RecordingTransport client, List<Gap> gaps) {
    assertHeardRightly(client);
    assertThat(missed(client))
        .as("what was missed was published in one of %s", gaps)
        .allSatisfy(entry -> assertThat(gaps).anyMatch(gap -> overlaps(gap, entry)));
  }

  /**
   * Nothing came twice, out of order, or though it had failed.
   *
   * <p>A message of unknown outcome may come late: it may have lain in a connection that was given
   * up, while later ones went out by the next. So it has no place in the order.
   */
  void assertHeardRightly(RecordingTransport client) {
    List<String> heard = heard(client);
    assertThat(heard).as("nothing twice").doesNotHaveDuplicates();
    Map<String, Outcome> outcomes = new HashMap<>();
    entries.forEach(entry -> outcomes.put(entry.id(), entry.outcome()));
    assertThat(heard)
        .as("nothing that failed")
        .allSatisfy(id -> assertThat(outcomes.get(id)).isIn(Outcome.PUBLISHED, Outcome.UNKNOWN));
    assertInOrder(heard.stream().filter(id -> outcomes.get(id) == Outcome.PUBLISHED).toList());
  }

  private static void assertInOrder(List<String> ids) {
    Map<String, List<Integer>> numbers = new HashMap<>();
    for (String id : ids) {
      String[] parts = id.split(":", 2);
      numbers.computeIfAbsent(parts[0], w -> new ArrayList<>()).add(Integer.valueOf(parts[1]));
    }
    assertThat(numbers.values()).as("in order").allSatisfy(of -> assertThat(of).isSorted());
  }

  private static boolean overlaps(Gap gap, Entry entry) {
    return !entry.settled().at().isBefore(gap.from()) && !entry.before().isAfter(gap.until());
  }
}
