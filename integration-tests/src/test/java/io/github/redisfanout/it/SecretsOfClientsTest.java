package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.FanoutEndpoint;
import io.github.redisfanout.jakarta.HandshakeFilter;
import io.github.redisfanout.jakarta.JakartaConfig;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapter logs nothing of what clients send: tickets, texts and ids. */
class SecretsOfClientsTest {
  private static final String TICKET = "marked-ticket";
  private static final String USER = "marked-user";
  private static final String TEXT = "marked-text";

  @TempDir static Path directory;

  private final CapturedLog log = CapturedLog.open();

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  @Tag("full")
  void handshakesAndTextsThatFailAreNotQuoted() throws Exception {
    try (WebServer server = WebServer.start(directory, Application.class)) {
      assertThat(status(server, "unknown")).isEqualTo(401);
      assertThat(status(server, "broken id")).isEqualTo(401);
      assertThat(status(server, "store away")).isEqualTo(503);
      assertThat(status(server, "store away")).isEqualTo(503);
      assertThat(closeCode(server, TEXT)).isEqualTo(1011); // its handler throws
      assertThat(closeCode(server, TEXT.repeat(10))).isEqualTo(4413);
    }

    assertThat(log.categories()).containsExactly(CapturedLog.CATEGORY);
    assertThat(log.warnings())
        .anyMatch(line -> line.startsWith("The authenticator's answer is not a user id"));
    assertThat(log.details())
        .anyMatch(line -> line.startsWith("The authenticator threw"))
        .anyMatch(line -> line.startsWith("A text handler threw"));
    assertThat(log.everything())
        .contains("userId must not have an unpaired surrogate", "the user store is away")
        .doesNotContainIgnoringCase("marked");
  }

  private static int status(WebServer server, String what) {
    Throwable refused = catchThrowable(() -> connect(server, what, new WebSocket.Listener() {}));
    assertThat(refused).hasCauseInstanceOf(WebSocketHandshakeException.class);
    return ((WebSocketHandshakeException) refused.getCause()).getResponse().statusCode();
  }

  private static int closeCode(WebServer server, String text) throws Exception {
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    WebSocket socket =
        connect(
            server,
            "good",
            new WebSocket.Listener() {
              @Override
              public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                assertThat(reason).doesNotContain("marked");
                closed.complete(code);
                return null;
              }
            });
    await().until(() -> Application.node.counters().sessions() == 1);
    socket.sendText(text, true);
    int code = closed.get(10, TimeUnit.SECONDS);
    await().until(() -> Application.node.counters().sessions() == 0);
    return code;
  }

  private static WebSocket connect(WebServer server, String what, WebSocket.Listener listener) {
    String query = "?what=" + URLEncoder.encode(what, StandardCharsets.UTF_8) + "&ticket=" + TICKET;
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .connectTimeout(Duration.ofSeconds(10))
        .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/ws" + query), listener)
        .join();
  }

  /** An application whose authenticator and text handler fail. */
  public static final class Application implements ServletContextListener {
    private static volatile RedisFanout node;
    private final InMemoryBackplane backplane = new InMemoryBackplane();

    @Override
    public void contextInitialized(ServletContextEvent event) {
      node = RedisFanout.builder(backplane, FanoutConfig.of(Nodes.CHANNEL)).start();
      JakartaFanout jakarta =
          new JakartaFanout(node, JakartaConfig.builder().inboundTextLimitBytes(50).build());
      event
          .getServletContext()
          .addFilter("handshake", new HandshakeFilter(jakarta, Application::user))
          .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws");
      ServerContainer webSockets =
          (ServerContainer) event.getServletContext().getAttribute(ServerContainer.class.getName());
      try {
        webSockets.addEndpoint(
            ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
                .configurator(
                    new FanoutConfigurator(
                        () ->
                            new FanoutEndpoint(
                                jakarta,
                                (session, text) -> {
                                  throw new IllegalStateException("the handler failed");
                                })))
                .build());
      } catch (DeploymentException e) {
        throw new IllegalStateException(e);
      }
    }

    private static String user(HttpServletRequest request) {
      assertThat(request.getParameter("ticket")).isEqualTo(TICKET);
      return switch (request.getParameter("what")) {
        case "good" -> USER;
        case "broken id" -> USER + "\ud800";
        case "store away" -> throw new IllegalStateException("the user store is away");
        default -> null;
      };
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
      node.close();
      backplane.close();
    }
  }
}
