package io.github.redisfanout.examples.chat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.ByteBuffer;
import java.util.Map;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The WebSocket of a client. An instance per connection, made with its collaborators: see {@link
 * ChatNode}, which registers it with a {@code FanoutConfigurator}.
 */
@ServerEndpoint("/ws")
public final class ChatEndpoint {
  private final JakartaFanout fanout;
  private final MessageService messages;

  ChatEndpoint(JakartaFanout fanout, MessageService messages) {
    this.fanout = fanout;
    this.messages = messages;
  }

  @OnOpen
  public void opened(Session session) {
    fanout.open(session);
  }

  @OnMessage
  public void received(Session session, String text) {
    fanout.touch(session);
    FanoutSession client = fanout.session(session);
    if (client == null) {
      return; // closed meanwhile
    }
    try {
      JsonBody body = JsonBody.parse(text);
      messages.post(client.userId(), body.id("conversation_id"), body.text("content"));
    } catch (ChatException e) {
      client.send(error(e.reason()));
    } catch (JedisException e) {
      client.send(error("Redis is not available"));
    }
  }

  @OnMessage
  public void received(Session session, ByteBuffer binary) {
    FanoutSession client = fanout.session(session);
    if (client != null) {
      client.disconnect(new Disconnect(1003, "text only"));
    }
  }

  private static Map<String, String> error(String reason) {
    return Map.of("type", "error", "reason", reason);
  }

  @OnClose
  public void closed(Session session, CloseReason reason) {
    fanout.closed(session, reason);
  }

  @OnError
  public void failed(Session session, Throwable cause) {
    fanout.failed(session, cause);
  }
}
