package io.github.redisfanout.jakarta;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs at WARN at most once in 10 s, and at DEBUG what is too much. Thread-safe. */
final class Warnings {
  private static final Logger log = LoggerFactory.getLogger(JakartaFanout.class);
  private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  private final AtomicLong next = new AtomicLong(System.nanoTime());

  void warn(String message, Throwable cause) {
    long now = System.nanoTime();
    long due = next.get();
    if (now - due >= 0 && next.compareAndSet(due, now + INTERVAL_NANOS)) {
      log.warn(message, cause);
    } else {
      log.debug(message, cause);
    }
  }
}
