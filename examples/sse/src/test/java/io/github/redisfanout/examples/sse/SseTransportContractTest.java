package io.github.redisfanout.examples.sse;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Transport;
import io.github.redisfanout.testkit.TransportContract;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class SseTransportContractTest extends TransportContract {
  private static final BlockingQueue<Transport> opened = new LinkedBlockingQueue<>();
  private static TomcatServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TomcatServer.start(0, Duration.ofSeconds(10), Map.of("/events", new Bare()));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** Opens a stream, hands its transport to the test, and does nothing else. */
  private static final class Bare extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      opened.add(SseTransport.open(request, response));
    }
  }

  @Override
  protected Connected connect() throws Exception {
    SseClient client = SseClient.connect(server.port(), "alice");
    Transport transport = opened.poll(10, TimeUnit.SECONDS);
    return new Connected() {
      @Override
      public Transport transport() {
        return transport;
      }

      @Override
      public List<String> received() {
        return client.received();
      }

      @Override
      public Integer closeCode() {
        return client.isClosed() ? Integer.valueOf(client.awaitClosed().split(" ")[0]) : null;
      }

      @Override
      public void close() {
        transport.close(Disconnect.GOING_AWAY, true); // or the server would wait for it
        client.close();
      }
    };
  }
}
