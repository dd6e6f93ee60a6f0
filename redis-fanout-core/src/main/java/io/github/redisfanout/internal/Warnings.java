package io.github.redisfanout.internal;

import static io.github.redisfanout.internal.Log.log;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Logs one kind of warning: at WARN at most once in 10 s, and the rest at DEBUG. Thread-safe.
 *
 * <p>One for each kind, so that a frequent one does not hide the others.
 */
public final class Warnings {
  private final RateLimit limit = new RateLimit(Duration.ofSeconds(10));

  /**
   * Logs a message; never throws.
   *
   * @param format with a {@code {}} for each argument
   * @param arguments the last one may be a cause, or null for none
   */
  public void warn(String format, @Nullable Object... arguments) {
    try {
      if (limit.allows()) {
        log.warn(format, arguments);
      } else {
        log.debug(format, arguments);
      }
    } catch (RuntimeException e) { // of a cause whose message throws, for example
      log.warn("This could not be logged with its arguments: {}", format);
    }
  }
}
