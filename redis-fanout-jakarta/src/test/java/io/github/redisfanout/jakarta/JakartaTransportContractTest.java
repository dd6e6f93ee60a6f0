package io.github.redisfanout.jakarta;

import io.github.redisfanout.Transport;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.TransportContract;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.RegisterExtension;

class JakartaTransportContractTest extends TransportContract {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @Override
  protected Connected connect() {
    CompletableFuture<Transport> opened = new CompletableFuture<>();
    TomcatNode node =
        TomcatNode.builder(redis.uri())
            .deployment(
                (container, sockets) ->
                    container.addEndpoint(
                        ServerEndpointConfig.Builder.create(Bare.class, "/ws")
                            .configurator(new FanoutConfigurator(() -> new Bare(opened)))
                            .build()))
            .start();
    RecordingClient client = node.connectTo("/ws?user=alice");
    Transport transport = opened.orTimeout(10, TimeUnit.SECONDS).join();
    return new Connected() {
      @Override
      public Transport transport() {
        return transport;
      }

      @Override
      public List<String> received() {
        return client.waiting();
      }

      @Override
      public Integer closeCode() {
        return client.isClosed() ? Integer.valueOf(client.awaitClosed().split(" ")[0]) : null;
      }

      @Override
      public void close() {
        client.close();
        node.close();
      }
    };
  }

  /** Hands out a transport and does nothing else. */
  private static final class Bare extends Endpoint {
    private final CompletableFuture<Transport> opened;

    Bare(CompletableFuture<Transport> opened) {
      this.opened = opened;
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
      opened.complete(new JakartaTransport(session, new TomcatThreads(), () -> {}, () -> {}));
    }
  }
}
