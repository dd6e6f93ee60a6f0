package io.github.redisfanout.examples.chat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.examples.chat.MessageService.Posted;
import io.github.redisfanout.examples.chat.MessageService.Sent;
import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.exceptions.JedisException;

/** The WebSocket of a client. An instance per connection; {@link ChatNode} says how it is made. */
@ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
public final class ChatEndpoint {
  private static final Disconnect TEXT_ONLY =
      new Disconnect(Disconnect.BAD_MESSAGE.code(), "text only");

  private final JakartaFanout sockets;
  private final MessageService messages;
  private boolean tellsSender; // set before the first text comes

  ChatEndpoint(JakartaFanout sockets, MessageService messages) {
    this.sockets = sockets;
    this.messages = messages;
  }

  @OnOpen
  public void onOpen(Session session) {
    FanoutSession client = sockets.onOpen(session);
    if (client == null) {
      return; // refused
    }
    // Only for clients that ask, as those of the Python service know no such messages.
    Map<String, List<String>> asked = session.getRequestParameterMap();
    if (asked.containsKey("session")) {
      client.join(MessageService.tabsOf(client.userId()));
      client.send(Map.of("type", "session", "id", client.id()));
    }
    tellsSender = asked.containsKey("sent");
    if (asked.containsKey("ready")) { // for all clients there is FanoutConfig's readyNotice
      sendWhenReady(client, "{\"type\":\"ready\"}");
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it fails only if the session closes first
  private static void sendWhenReady(FanoutSession client, String json) {
    client.ready().thenRun(() -> client.sendJson(json));
  }

  @OnMessage
  public void onText(Session session, String text) {
    FanoutSession client = sockets.session(session);
    if (client == null || !sockets.onText(session, text)) {
      return; // it is closed, by now perhaps because the text is too long or the client too fast
    }
    try {
      JsonBody body = JsonBody.parse(text);
      String conversationId = body.id("conversation_id");
      if (body.has("type", "typing")) {
        messages.typing(client.userId(), conversationId);
        return;
      }
      Posted posted = messages.post(client.userId(), conversationId, body.text("content"));
      if (tellsSender) {
        client.send(Sent.of(posted));
      }
    } catch (ChatException e) {
      client.send(error(e.reason()));
    } catch (JedisException e) {
      client.send(error("Redis is not available"));
    }
  }

  @OnMessage
  public void onBinary(Session session, ByteBuffer binary) {
    FanoutSession client = sockets.session(session);
    if (client != null) {
      client.disconnect(TEXT_ONLY);
    }
  }

  private static Map<String, String> error(String reason) {
    return Map.of("type", "error", "reason", reason);
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
