package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.RateLimit;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Warns of publishes that failed before anything waited for their futures, at most once in 10 s.
 * Thread-safe.
 */
final class UnheardFailures {
  private final RateLimit limit = new RateLimit(Duration.ofSeconds(10));

  // Guarded by this.
  private final Map<PublishFailure, Integer> notLogged = new EnumMap<>(PublishFailure.class);
  private @Nullable PublishException last; // null while none waits to be logged

  /** Whether some wait to be logged, for a look without the monitor. */
  private volatile boolean waiting;

  void add(PublishException failure) {
    synchronized (this) {
      notLogged.merge(failure.failure(), 1, Integer::sum);
      last = failure;
      waiting = true;
    }
    logIfAllowed();
  }

  /** Logs what waits, if the last warning is long enough ago. Called at every outcome. */
  void logIfAllowed() {
    if (waiting && limit.allows()) {
      logAll();
    }
  }

  /** Logs what waits. */
  void logAll() {
    String counts;
    PublishException newest;
    synchronized (this) {
      newest = last;
      counts = notLogged.toString();
      notLogged.clear();
      last = null;
      waiting = false;
    }
    if (newest != null) {
      log.warn(
          "Publishes failed, and nothing waited for their outcome: {}; the last one: {}",
          counts,
          newest.getMessage());
    }
  }
}
