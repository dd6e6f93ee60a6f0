package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Endpoints that do not call the adapter where they should; on a real Tomcat. */
class ForgetfulEndpointTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** Has no {@code @OnClose}. */
  @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
  public static class SocketWithoutOnClose {
    @OnOpen
    public void onOpen(Session session) {
      JakartaFanout.of(session).onOpen(session);
    }
  }

  /** Opens nothing. */
  @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
  public static class SocketWithoutOnOpen {}

  private final List<String> warned = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger("io.github.redisfanout");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          warned.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void captureTheLog() {
    logger.addHandler(handler);
  }

  @AfterEach
  void leaveTheLog() {
    logger.removeHandler(handler);
  }

  private void awaitWarning(String text) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> warned.stream().anyMatch(line -> line.contains(text)));
  }

  @Test
  void clientThatLeavesIsUnregisteredWithoutOnCloseAndTheLogSaysWhatIsMissing() {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .config(config -> config.pingInterval(Duration.ofMillis(100)))
            .deployment((container, sockets) -> container.addEndpoint(SocketWithoutOnClose.class))
            .start()) {
      RecordingClient client = node.connect("alice");
      client.leave();

      awaitWarning("its @OnClose must call onClose of JakartaFanout");
      await().until(() -> node.fanout.counters().sessions() == 0);
      assertThat(node.fanout.counters().disconnects()).isEmpty();
    }
  }

  @Test
  @Tag("full") // after ten seconds
  void endpointThatOpensNoSessionIsNamed() {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .deployment((container, sockets) -> container.addEndpoint(SocketWithoutOnOpen.class))
            .start()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                node.connectTo("/ws?user=alice").close();
                return warned.stream()
                    .anyMatch(
                        line ->
                            line.startsWith(SocketWithoutOnOpen.class.getName())
                                && line.contains("must call onOpen of JakartaFanout"));
              });
    }
  }
}
