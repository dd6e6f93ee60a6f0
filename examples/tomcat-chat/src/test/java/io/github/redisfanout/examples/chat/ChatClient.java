package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A user's HTTP and WebSocket client of one node. */
final class ChatClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  /** An answer: the status, and the body as text and as JSON. */
  record Answer(int status, String body) {
    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException e) {
        throw new AssertionError("not JSON: " + body, e);
      }
    }
  }

  private final int port;
  private String token = "";

  ChatClient(int port) {
    this.port = port;
  }

  static ChatClient loggedIn(int port, String userId) throws Exception {
    ChatClient client = new ChatClient(port);
    client.token =
        client.post("/api/login", Map.of("user_id", userId)).json().get("token").asText();
    return client;
  }

  /** The same user on another node. */
  ChatClient on(int otherPort) {
    ChatClient client = new ChatClient(otherPort);
    client.token = token;
    return client;
  }

  ChatClient withToken(String other) {
    ChatClient client = new ChatClient(port);
    client.token = other;
    return client;
  }

  String token() {
    return token;
  }

  Answer get(String path) throws Exception {
    return send(request(path).GET());
  }

  Answer post(String path, Object body) throws Exception {
    return postText(path, JSON.writeValueAsString(body));
  }

  Answer postText(String path, String body) throws Exception {
    return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  Answer createConversation(String id, String... participants) throws Exception {
    return post("/api/conversations", Map.of("id", id, "participants", List.of(participants)));
  }

  Answer say(String conversationId, String content) throws Exception {
    return post(messagesPath(conversationId), Map.of("content", content));
  }

  static String messagesPath(String conversationId) {
    String id = URLEncoder.encode(conversationId, StandardCharsets.UTF_8).replace("+", "%20");
    return "/api/conversations/" + id + "/messages";
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20));
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  private static Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response =
        HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  // ---- WebSocket

  String ticket() throws Exception {
    return post("/api/ws-ticket", Map.of()).json().get("ticket").asText();
  }

  /**
   * Connects, and returns when the node knows the session. The handshake's answer alone does not
   * say so: it is sent before {@code @OnOpen}. Frames are read after it, so a pong is proof.
   */
  Socket connect() throws Exception {
    return connect("");
  }

  /** The same with more parameters, such as {@code &ready=1}. */
  Socket connect(String parameters) throws Exception {
    Socket socket = new Socket();
    socket.webSocket = open("/ws?ticket=" + ticket() + parameters, null, socket);
    socket.webSocket.sendPing(ByteBuffer.allocate(0)).get(10, TimeUnit.SECONDS);
    socket.pong.get(10, TimeUnit.SECONDS);
    return socket;
  }

  /** The status with which a handshake is refused; 101 if it is not. */
  int handshakeStatus(String path, String origin) throws Exception {
    try {
      open(path, origin, new Socket()).abort();
      return 101;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw e;
    }
  }

  private WebSocket open(String path, String origin, Socket listener) throws Exception {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(5));
    if (origin != null) {
      builder.header("Origin", origin);
    }
    return builder
        .buildAsync(URI.create("ws://127.0.0.1:" + port + path), listener)
        .get(10, TimeUnit.SECONDS);
  }

  /** A client's socket, and what it has received. */
  static final class Socket implements WebSocket.Listener {
    final List<String> texts = new CopyOnWriteArrayList<>();
    volatile int closeCode;
    private final CompletableFuture<Void> pong = new CompletableFuture<>();
    private final StringBuilder partial = new StringBuilder();
    private WebSocket webSocket;

    void send(String text) throws Exception {
      webSocket.sendText(text, true).get(10, TimeUnit.SECONDS);
    }

    void sendBinary(byte... bytes) throws Exception {
      webSocket.sendBinary(ByteBuffer.wrap(bytes), true).get(10, TimeUnit.SECONDS);
    }

    void leave() throws Exception {
      webSocket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(10, TimeUnit.SECONDS);
    }

    JsonNode json(int index) throws Exception {
      return JSON.readTree(texts.get(index));
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        texts.add(partial.toString());
        partial.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      pong.complete(null);
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closeCode = code;
      return null;
    }
  }
}
