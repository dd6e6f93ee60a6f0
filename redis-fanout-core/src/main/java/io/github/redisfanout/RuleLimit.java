package io.github.redisfanout;

import io.github.redisfanout.internal.RateLimit;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Lets each broken rule be reported at most once in 10 s, so that ten thousand bad messages a
 * second do not take the place of other events. Thread-safe.
 */
final class RuleLimit {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  /** There are fewer; if not, the others share one limit. */
  private static final int MAX_RULES = 50;

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  private final Map<String, RateLimit> limits = new ConcurrentHashMap<>();
  private final RateLimit others = new RateLimit(INTERVAL);

  boolean allows(String rule) {
    String kind = NUMBER.matcher(rule).replaceAll("");
    RateLimit limit = limits.get(kind);
    if (limit == null && limits.size() < MAX_RULES) {
      limit = limits.computeIfAbsent(kind, k -> new RateLimit(INTERVAL));
    }
    return (limit == null ? others : limit).allows();
  }
}
