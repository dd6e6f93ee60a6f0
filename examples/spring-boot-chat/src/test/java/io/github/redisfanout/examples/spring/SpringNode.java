package io.github.redisfanout.examples.spring;

import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingClient;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** The application on a free port. */
record SpringNode(ConfigurableApplicationContext context, int port) implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  static SpringNode start(String redisUri, Duration drain) {
    ConfigurableApplicationContext context =
        new SpringApplicationBuilder(SpringChatApplication.class)
            .run(
                "--redis.url=" + redisUri,
                "--server.address=127.0.0.1",
                "--server.port=0",
                "--chat.drain=" + drain,
                "--spring.main.banner-mode=off",
                "--logging.level.root=warn");
    return new SpringNode(
        context, ((WebServerApplicationContext) context).getWebServer().getPort());
  }

  RedisFanout fanout() {
    return context.getBean(RedisFanout.class);
  }

  int sessions(String user) {
    return fanout().sessions(user).size();
  }

  /** Connects, and returns when the node has registered the session. */
  RecordingClient connect(String user) {
    return RecordingClient.connect(fanout(), user, uri("?user=" + user));
  }

  /** The status that a handshake is answered with. */
  int handshakeStatus(String query, String origin) {
    return RecordingClient.handshakeStatus(uri(query), "Origin", origin);
  }

  private URI uri(String query) {
    return URI.create("ws://127.0.0.1:" + port + "/ws" + query);
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(request(path).GET());
  }

  HttpResponse<String> post(String path, String json) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(10));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  boolean isListening() {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
