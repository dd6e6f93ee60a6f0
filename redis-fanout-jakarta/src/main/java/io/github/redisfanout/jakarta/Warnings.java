package io.github.redisfanout.jakarta;

import io.github.redisfanout.internal.Log;
import io.github.redisfanout.internal.RateLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs at WARN at most once in 10 s, and the rest at DEBUG. Thread-safe. */
final class Warnings {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  private final RateLimit limit = new RateLimit(Duration.ofSeconds(10));

  void warn(String message, @Nullable Throwable cause) {
    if (limit.allows()) {
      log.warn(message, cause);
    } else {
      log.debug(message, cause);
    }
  }
}
