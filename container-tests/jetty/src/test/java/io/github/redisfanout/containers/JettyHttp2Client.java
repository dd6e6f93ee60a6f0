package io.github.redisfanout.containers;

import java.net.URI;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportDynamic;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.client.CoreClientUpgradeRequest;
import org.eclipse.jetty.websocket.core.client.WebSocketCoreClient;

/** Jetty's own client. */
final class JettyHttp2Client implements Http2Client {
  private final WebSocketCoreClient client;

  JettyHttp2Client() throws Exception {
    ClientConnector connector = new ClientConnector();
    HTTP2Client http2 = new HTTP2Client(connector);
    client =
        new WebSocketCoreClient(
            new HttpClient(
                new HttpClientTransportDynamic(
                    connector, new ClientConnectionFactoryOverHTTP2.HTTP2(http2))),
            new WebSocketComponents());
    client.start();
  }

  @Override
  public boolean open(URI uri, String origin, Consumer<String> texts) throws Exception {
    CoreClientUpgradeRequest request =
        CoreClientUpgradeRequest.from(client, uri, new Receiver(texts));
    request.headers(headers -> headers.put(HttpHeader.ORIGIN, origin));
    try {
      client.connect(request).get(10, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      return false; // as a rule a stream that was reset after the answer
    }
  }

  @Override
  public void close() throws Exception {
    client.stop();
  }

  /** Takes texts of one frame; asks for the next frame after each. */
  private static final class Receiver implements FrameHandler {
    private final Consumer<String> texts;
    private volatile CoreSession session;

    Receiver(Consumer<String> texts) {
      this.texts = texts;
    }

    @Override
    public void onOpen(CoreSession opened, Callback callback) {
      session = opened;
      callback.succeeded();
      opened.demand();
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
      if (frame.getOpCode() == OpCode.TEXT) {
        texts.accept(frame.getPayloadAsUTF8());
      }
      callback.succeeded();
      session.demand();
    }

    @Override
    public void onError(Throwable cause, Callback callback) {
      callback.succeeded();
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
      callback.succeeded();
    }
  }
}
