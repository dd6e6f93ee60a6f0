package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.it.docs.Document;
import io.github.redisfanout.it.docs.SnippetCompiler;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** One trace from a publish on one node to the delivery on another, with OpenTelemetry's SDK. */
@Timeout(60)
class TracingTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** What one service has: it shares nothing with the other but the bytes on the wire. */
  private static final class Service implements AutoCloseable {
    final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    final SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exporter)).build();
    final Tracer tracer = provider.get("test");
    final RedisFanout fanout;

    Service() throws InterruptedException {
      fanout =
          RedisFanout.connect(
              redis.uri(),
              FanoutConfig.builder(Nodes.CHANNEL)
                  .contextPropagator(
                      new OpenTelemetryPropagator(W3CTraceContextPropagator.getInstance(), tracer))
                  .build());
      assertThat(fanout.awaitReady(LIMIT)).isTrue();
    }

    List<SpanData> spans() {
      return exporter.getFinishedSpanItems();
    }

    @Override
    public void close() {
      fanout.close();
      provider.close();
    }
  }

  @Test
  void publishAndDeliveryOnAnotherNodeAreOneTrace() throws Exception {
    try (Service publishing = new Service();
        Service delivering = new Service()) {
      RecordingTransport alice =
          new RecordingTransport() {
            @Override
            public void write(Payload payload, WriteCallback done) throws Exception {
              Span.current().addEvent("write");
              super.write(payload, done);
            }
          };
      delivering.fanout.open("alice", alice);

      Span request = publishing.tracer.spanBuilder("request").startSpan();
      try (Scope scope = request.makeCurrent()) {
        publishing.fanout.publisher().publishAndWait(List.of("alice", "bob"), "hello", LIMIT);
      } finally {
        request.end();
      }

      alice.awaitText("\"hello\"");
      await().atMost(LIMIT).until(() -> delivering.spans().size() == 1);
      SpanData delivery = delivering.spans().get(0);
      assertThat(delivery.getName()).isEqualTo("deliver");
      assertThat(delivery.getKind()).isEqualTo(SpanKind.CONSUMER);
      assertThat(delivery.getTraceId()).isEqualTo(request.getSpanContext().getTraceId());
      assertThat(delivery.getParentSpanId()).isEqualTo(request.getSpanContext().getSpanId());
      assertThat(delivery.getParentSpanContext().isRemote()).isTrue();
      assertThat(delivery.getEvents()).extracting("name").containsExactly("write");
      assertThat(publishing.spans()).extracting(SpanData::getName).containsExactly("request");
    }
  }

  @Test
  void documentHasThisPropagator() throws Exception {
    String source =
        Files.readString(
            Path.of("src/test/java/io/github/redisfanout/it/OpenTelemetryPropagator.java"));

    assertThat(source.split("// snippet: tracing\n")[1])
        .isEqualTo(Document.read("docs/tracing.md").snippet("tracing"));
  }

  @Test
  void snippetsAreAConfigurationThatTraces(@TempDir Path directory) throws Exception {
    Document tracing = Document.read("docs/tracing.md");
    Class<?> snippet =
        new SnippetCompiler(directory)
            .load(
                "Tracing",
                "public class Tracing { public static FanoutConfig config("
                    + "TextMapPropagator propagator, Tracer tracer) {"
                    + tracing.snippet("tracing-config")
                    + "return config; } static "
                    + tracing
                        .snippet("tracing")
                        .replace("implements ContextP", "implements io.github.redisfanout.ContextP")
                    + "}");
    try (Service service = new Service()) {
      FanoutConfig config =
          (FanoutConfig)
              snippet
                  .getMethod("config", TextMapPropagator.class, Tracer.class)
                  .invoke(null, W3CTraceContextPropagator.getInstance(), service.tracer);

      Span span = service.tracer.spanBuilder("request").startSpan();
      try (Scope scope = span.makeCurrent()) {
        assertThat(config.contextPropagator().orElseThrow().inject()).containsKey("traceparent");
      }
    }
  }

  @Test
  void publishOutsideATraceBeginsNone() throws Exception {
    try (Service service = new Service()) {
      RecordingTransport alice = new RecordingTransport();
      service.fanout.open("alice", alice);

      service.fanout.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);

      alice.awaitText("\"hello\"");
      assertThat(service.spans()).isEmpty();
    }
  }
}
