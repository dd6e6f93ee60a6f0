package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Endpoints whose application has forgotten the handshake filter. */
class MissingFilterTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  private static final List<Throwable> errors = new CopyOnWriteArrayList<>();
  private static final AtomicInteger closed = new AtomicInteger();

  /** As the documents have it. */
  @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
  public static class DeclaredSocket {
    private JakartaFanout sockets;

    @OnOpen
    public void onOpen(Session session) {
      sockets = JakartaFanout.of(session);
      sockets.onOpen(session);
    }

    @OnMessage
    public void onText(Session session, String text) {
      if (sockets.onText(session, text)) {
        sockets.session(session).send(text);
      }
    }

    @OnClose
    public void onClose(Session session, CloseReason reason) {
      sockets.onClose(session, reason);
      closed.incrementAndGet();
    }

    @OnError
    public void onError(Session session, Throwable cause) {
      errors.add(cause);
      sockets.onError(session, cause);
    }
  }

  /** The application has forgotten the configurator, too. */
  @ServerEndpoint("/ws")
  public static class SocketWithoutConfigurator extends DeclaredSocket {
    @Override
    @OnOpen
    public void onOpen(Session session) {
      super.onOpen(session);
    }

    @Override
    @OnMessage
    public void onText(Session session, String text) {
      super.onText(session, text);
    }

    @Override
    @OnClose
    public void onClose(Session session, CloseReason reason) {
      super.onClose(session, reason);
    }

    @Override
    @OnError
    public void onError(Session session, Throwable cause) {
      super.onError(session, cause);
    }
  }

  private final List<LogRecord> logged = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          logged.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final Logger ours = Logger.getLogger("io.github.redisfanout");
  private final Logger all = Logger.getLogger("");

  @BeforeEach
  void captureTheLog() {
    errors.clear();
    closed.set(0);
    ours.setLevel(Level.FINE);
    all.addHandler(handler);
  }

  @AfterEach
  void leaveTheLog() {
    ours.setLevel(null);
    all.removeHandler(handler);
  }

  private List<LogRecord> explanations(String beginning) {
    return logged.stream()
        .filter(
            entry ->
                entry.getMessage().startsWith(beginning)
                    && entry.getMessage().contains("map a HandshakeFilter to the endpoint's path"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(classes = {DeclaredSocket.class, SocketWithoutConfigurator.class})
  void declaredEndpointIsClosedWith1011AndTheLogSaysOnceWhy(Class<?> endpoint) {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .withoutFilter()
            .deployment((container, sockets) -> container.addEndpoint(endpoint))
            .start()) {
      for (int i = 0; i < 3; i++) {
        RecordingClient client = node.connectTo("/ws?user=alice");
        assertThat(client.awaitClosed()).isEqualTo("1011 session failed");
      }
      await().until(() -> closed.get() == 3);

      assertThat(errors).isEmpty();
      assertThat(logged).allMatch(entry -> entry.getThrown() == null);
      List<LogRecord> explanations = explanations("A session cannot be served: ");
      assertThat(explanations).hasSize(3);
      assertThat(explanations.stream().filter(entry -> entry.getLevel() == Level.WARNING))
          .as("others may have had the warning of these ten seconds")
          .hasSizeLessThan(2);
      assertThat(node.fanout.counters().sessions()).isZero();
    }
  }

  @Test
  void readyMadeEndpointIsClosedWith4401AndTheLogSaysWhy() {
    try (TomcatNode node = TomcatNode.builder(redis.uri()).withoutFilter().start()) {
      RecordingClient nobody = node.connectTo("/ws?user=alice");

      assertThat(nobody.awaitClosed()).isEqualTo("4401 no identity");
      assertThat(node.fanout.counters().sessions()).isZero();
      assertThat(explanations("A session without an identity was refused: ")).hasSize(1);
    }
  }
}
