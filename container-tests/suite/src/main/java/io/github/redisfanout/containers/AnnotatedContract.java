package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Audience;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaConfig;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.testkit.RecordingClient;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** Annotated endpoints with constructor arguments that the container finds, as in a WAR. */
public abstract class AnnotatedContract extends ContainerContract {

  /** Answers its client; its constructor has arguments. */
  @ServerEndpoint(value = ServerSetup.PATH, configurator = FanoutConfigurator.class)
  public static class AnsweringSocket {
    private final JakartaFanout sockets;
    private final String answer;

    AnsweringSocket(JakartaFanout sockets, String answer) {
      this.sockets = sockets;
      this.answer = answer;
    }

    @OnOpen
    public void onOpen(Session session) {
      FanoutSession client = sockets.onOpen(session);
      if (client != null) {
        client.join("annotated");
      }
    }

    @OnMessage
    public void onText(Session session, String text) {
      FanoutSession client = sockets.session(session);
      if (client != null && sockets.onText(session, text)) {
        client.send(answer);
      }
    }

    @OnClose
    public void onClose(Session session, CloseReason reason) {
      sockets.onClose(session, reason);
    }

    @OnError
    public void onError(Session session, Throwable cause) {
      sockets.onError(session, cause);
    }
  }

  private Node annotated(boolean supplied, boolean added) throws Exception {
    if (deviates(Deviation.NO_SCANNING)) {
      skip(Deviation.NO_SCANNING);
    }
    return node(
        config(),
        JakartaConfig.builder(),
        sockets -> {
          if (supplied) {
            sockets.supplyEndpoints(
                AnsweringSocket.class, () -> new AnsweringSocket(sockets, "answer"));
          }
          return new ServerSetup(
              sockets,
              (session, socket) -> {},
              (session, text) -> {},
              false,
              Set.of(AnsweringSocket.class),
              added ? Optional.of(AnsweringSocket.class) : Optional.empty(),
              false,
              0);
        });
  }

  @Test
  void annotatedEndpointThatTheContainerFindsIsMadeByItsSupplier() throws Exception {
    try (Node node = annotated(true, false)) {
      assertServes(node);
    }
  }

  @Test
  void annotatedEndpointThatTheContainerFindsMayBeAddedToo() throws Exception {
    try (Node node = annotated(true, true)) {
      assertServes(node);
    }
  }

  private static void assertServes(Node node) throws Exception {
    try (RecordingClient alice = node.connect("alice")) {
      alice.send("hello");
      assertThat(alice.next()).isEqualTo("\"answer\"");
      node.publish(List.of("alice"), 1);
      assertThat(alice.next()).isEqualTo("1");
      Publisher publisher = node.fanout().publisher();
      publisher.publishAndWait(Audience.group("annotated"), 2, Duration.ofSeconds(10));
      assertThat(alice.next()).isEqualTo("2");
    }
  }

  @Test
  void annotatedEndpointThatCannotBeMadeIsLoggedWithWhatToDo() throws Exception {
    Queue<String> warnings = new ConcurrentLinkedQueue<>();
    Logger log = Logger.getLogger("io.github.redisfanout");
    Handler handler = new Recorder(warnings);
    log.addHandler(handler);
    try (Node node = annotated(false, false)) {
      awaitRefusedOrClosed(node);

      soon()
          .untilAsserted(
              () ->
                  assertThat(warnings)
                      .anyMatch(w -> w.contains("supplyEndpoints(AnsweringSocket.class")));
      assertThat(node.fanout().counters().handshakesRefused())
          .containsEntry(HandshakeRefusal.ENDPOINT_FAILED, 1L);
      assertThat(node.fanout().counters().sessions()).isZero();
    } finally {
      log.removeHandler(handler);
    }
  }

  /** Containers make the endpoint before or after they answer the handshake. */
  private static void awaitRefusedOrClosed(Node node) {
    try (RecordingClient alice = node.handshake("?user=alice")) {
      alice.awaitClosed();
    } catch (CompletionException e) {
      assertThat(e).hasCauseInstanceOf(WebSocketHandshakeException.class);
    }
  }

  private static final class Recorder extends Handler {
    private final Queue<String> messages;

    Recorder(Queue<String> messages) {
      this.messages = messages;
    }

    @Override
    public void publish(LogRecord entry) {
      messages.add(entry.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
