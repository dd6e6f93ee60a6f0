package io.github.redisfanout.it;

import io.github.redisfanout.ContextPropagator;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

// snippet: tracing
final class OpenTelemetryPropagator implements ContextPropagator {
  private static final TextMapGetter<Map<String, String>> GETTER =
      new TextMapGetter<>() {
        @Override
        @SuppressWarnings("deprecation") // since 1.68; older versions ask for it
        public Iterable<String> keys(Map<String, String> headers) {
          return headers.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> headers, String name) {
          return headers == null ? null : headers.get(name);
        }
      };

  private final TextMapPropagator propagator;
  private final Tracer tracer;

  OpenTelemetryPropagator(TextMapPropagator propagator, Tracer tracer) {
    this.propagator = propagator;
    this.tracer = tracer;
  }

  @Override
  public Map<String, String> inject() {
    Map<String, String> headers = new HashMap<>();
    propagator.inject(Context.current(), headers, Map::put);
    return headers;
  }

  @Override
  public Scope extract(Map<String, String> headers) {
    Context parent = propagator.extract(Context.root(), headers, GETTER);
    Span span =
        tracer.spanBuilder("deliver").setSpanKind(SpanKind.CONSUMER).setParent(parent).startSpan();
    io.opentelemetry.context.Scope current = parent.with(span).makeCurrent();
    return () -> {
      current.close();
      span.end();
    };
  }
}
