package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.Checks;
import io.github.redisfanout.internal.Warnings;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A guard around the application's {@link ContextPropagator}. Thread-safe. */
final class Propagation {
  private final @Nullable ContextPropagator propagator; // null: no headers
  private final Counters counters;
  private final Warnings warnings = new Warnings();

  Propagation(@Nullable ContextPropagator propagator, Counters counters) {
    this.propagator = propagator;
    this.counters = counters;
  }

  /** The headers of a message that this thread publishes. */
  Map<String, String> headers() {
    if (propagator == null) {
      return Map.of();
    }
    try {
      Map<String, String> headers = new LinkedHashMap<>(propagator.inject());
      headers.forEach(Propagation::check);
      return headers;
    } catch (Throwable e) {
      failed("inject", e);
      return Map.of();
    }
  }

  private static void check(String name, String value) {
    Checks.noUnpairedSurrogate("a header's name", requireNonNull(name, "a header's name == null"));
    Checks.noUnpairedSurrogate("its value", requireNonNull(value, "a header's value == null"));
  }

  /** Runs the work inside the context of a message with these headers. */
  void run(Map<String, String> headers, Runnable work) {
    ContextPropagator.Scope scope = propagator == null || headers.isEmpty() ? null : begin(headers);
    try {
      work.run();
    } finally {
      if (scope != null) {
        end(scope);
      }
    }
  }

  private ContextPropagator.@Nullable Scope begin(Map<String, String> headers) {
    try {
      return requireNonNull(propagator).extract(headers);
    } catch (Throwable e) {
      failed("extract", e);
      return null;
    }
  }

  private void end(ContextPropagator.Scope scope) {
    try {
      scope.close();
    } catch (Throwable e) {
      failed("extract's scope", e);
    }
  }

  private void failed(String what, Throwable cause) {
    counters.userCodeFailures.increment();
    warnings.warn("The context propagator threw in {}", what, cause);
  }
}
