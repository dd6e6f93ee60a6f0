package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;
import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.internal.RateLimit;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happened to a link's server, counted and reported, and what its configuration restricts.
 * Thread-safe; calls the listener without the lock.
 */
final class LinkEvents {
  /** What is so by configuration: stays until it is cleared. */
  enum Note {
    ROLE,
    FENCE,
    REPLICAS,
    NO_REPLICAS,
    CREDENTIALS,
    NODES,
    SUBSCRIBERS,
    TARGETING,
    PRESENCE,
    CLIENT_KILL
  }

  private final Consumer<BackplaneEvent> listener;
  private final Map<Kind, LongAdder> counts = new EnumMap<>(Kind.class); // only read after this
  private final Map<Kind, RateLimit> limits = new EnumMap<>(Kind.class); // only read after this

  @GuardedBy("this")
  private final Map<Note, String> notes = new EnumMap<>(Note.class);

  LinkEvents(Consumer<BackplaneEvent> listener) {
    this.listener = listener;
    for (Kind kind : Kind.values()) {
      counts.put(kind, new LongAdder());
      limits.put(kind, new RateLimit(Duration.ofSeconds(10)));
    }
  }

  /** Counts an event that a note explains already. */
  void count(Kind kind) {
    requireNonNull(counts.get(kind)).increment();
  }

  /** Counts an event; reports and logs it, except for repetitions. */
  void report(Kind kind, String description) {
    count(kind);
    if (kind == Kind.MOVED || requireNonNull(limits.get(kind)).allows()) {
      log.warn("{}", description);
      listener.accept(new BackplaneEvent(kind, description));
    }
  }

  Map<Kind, Long> counts() {
    Map<Kind, Long> sums = new EnumMap<>(Kind.class);
    counts.forEach((kind, count) -> sums.put(kind, count.sum()));
    sums.values().removeIf(sum -> sum == 0);
    return sums;
  }

  /** Sets a note, or with null removes it; logs each new text. */
  void note(Note note, @Nullable String text) {
    String before;
    synchronized (this) {
      before = text == null ? notes.remove(note) : notes.put(note, text);
    }
    if (text != null && !text.equals(before)) {
      log.info("{}", text);
    }
  }

  synchronized List<String> notes() {
    return List.copyOf(notes.values());
  }
}
