package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a context propagator is asked, on which thread, and what becomes of one that throws. */
class PropagationTest {
  private static final String TWO_FIELDS = "{\"target_user_ids\":[\"alice\"],\"payload\":1}";
  private static final String WITH_HEADERS =
      "{\"target_user_ids\":[\"alice\",\"bob\"],\"headers\":{\"k\":\"v\"},\"payload\":1}";

  private final List<String> story = new CopyOnWriteArrayList<>();
  private final FakeBackplane backplane = new FakeBackplane();
  private Supplier<Map<String, String>> injected = Map::of;
  private boolean extractThrows;
  private boolean closeThrows;

  private final ContextPropagator propagator =
      new ContextPropagator() {
        @Override
        public Map<String, String> inject() {
          return injected.get();
        }

        @Override
        public Scope extract(Map<String, String> headers) {
          if (extractThrows) {
            throw new IllegalStateException("extract");
          }
          story.add("begin " + headers + " on " + Thread.currentThread().getName());
          return () -> {
            story.add("end");
            if (closeThrows) {
              throw new IllegalStateException("close");
            }
          };
        }
      };
  private final FanoutConfig config =
      FanoutConfig.builder("chat").lanes(1).contextPropagator(propagator).build();
  private final Subscriber subscriber =
      new Subscriber(
          backplane,
          new InMemorySessionRegistry(),
          new JacksonPayloadEncoder(),
          config,
          new FanoutListener() {});
  private final FakeTransport transport =
      new FakeTransport() {
        @Override
        public void write(Payload payload, WriteCallback done) throws Exception {
          story.add("write " + payload.text());
          super.write(payload, done);
        }
      };

  @AfterEach
  void close() {
    subscriber.close(Duration.ZERO);
  }

  private void openSessions() {
    subscriber.start();
    backplane.receivingIs(ConnectionState.UP, "");
    subscriber.open("alice", transport);
    subscriber.open("bob", transport);
  }

  @Test
  void deliveringToAllSessionsOfALaneIsInsideTheContext() {
    openSessions();

    backplane.receive(WITH_HEADERS);

    await().until(() -> story.contains("end"));
    assertThat(story)
        .containsExactly("begin {k=v} on redis-fanout-lane-0", "write 1", "write 1", "end");
  }

  @Test
  void messageWithoutHeadersHasNoContext() {
    openSessions();

    backplane.receive(TWO_FIELDS);

    await().until(() -> transport.written.size() == 1);
    assertThat(story).containsExactly("write 1");
  }

  @Test
  void messageIsDeliveredThoughThePropagatorThrows() {
    openSessions();

    extractThrows = true;
    backplane.receive(WITH_HEADERS);
    await().until(() -> transport.written.size() == 2);
    extractThrows = false;
    closeThrows = true;
    backplane.receive(WITH_HEADERS);
    await().until(() -> transport.written.size() == 4);

    await().until(() -> subscriber.counters().userCodeFailures() == 2);
    backplane.receive(TWO_FIELDS);
    await().until(() -> transport.written.size() == 5);
  }

  private String published() {
    PublishRecorder recorder = new PublishRecorder();
    recorder.publisher(config).publishJson(List.of("alice"), "1");
    return new String(recorder.published.get(0).bytes(), UTF_8);
  }

  @Test
  void publishSendsWhatThePropagatorGives() {
    injected = () -> Map.of("k", "v");

    assertThat(published())
        .isEqualTo("{\"target_user_ids\":[\"alice\"],\"headers\":{\"k\":\"v\"},\"payload\":1}");
  }

  @SuppressWarnings("NullAway") // what a propagator must not do
  static List<Supplier<Map<String, String>>> wrongHeaders() {
    return List.of(
        () -> {
          throw new IllegalStateException("inject");
        },
        () -> null,
        () -> Collections.singletonMap("k", null),
        () -> Collections.singletonMap(null, "v"),
        () -> Map.of("k", "\ud800"),
        () -> Map.of("\udc00", "v"));
  }

  @ParameterizedTest
  @MethodSource("wrongHeaders")
  void publishGoesOnWithoutHeadersThatAreWrong(Supplier<Map<String, String>> wrong) {
    injected = wrong;
    PublishRecorder recorder = new PublishRecorder();
    Counters counters = new Counters();
    Publisher publisher =
        new Publisher(recorder, new JacksonPayloadEncoder(), config, Runnable::run, counters);

    publisher.publishJson(List.of("alice"), "1");

    assertThat(new String(recorder.published.get(0).bytes(), UTF_8)).isEqualTo(TWO_FIELDS);
    assertThat(counters.userCodeFailures.sum()).isEqualTo(1);
  }
}
