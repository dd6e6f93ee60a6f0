package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/** The HTTP API; the same on every node. */
final class ApiServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(ApiServlet.class);
  private static final int MAX_BODY_BYTES = 64 << 10;

  private final transient AccessTokens tokens;
  private final transient WebSocketTickets tickets;
  private final transient ChatStore store;
  private final transient MessageService messages;
  private final transient ObjectMapper json = new ObjectMapper();

  ApiServlet(
      AccessTokens tokens, WebSocketTickets tickets, ChatStore store, MessageService messages) {
    this.tokens = tokens;
    this.tickets = tickets;
    this.store = store;
    this.messages = messages;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try {
      route(request, response);
    } catch (ChatException e) {
      if (e.status() == 401) {
        response.setHeader("WWW-Authenticate", "Bearer");
      } else if (e instanceof ChatException.WrongMethod wrongMethod) {
        response.setHeader("Allow", wrongMethod.allowed());
      }
      answer(response, e.status(), Map.of("error", e.reason()));
    } catch (JedisException e) {
      log.warn("Redis is not available: {}", e.getMessage());
      answer(response, 503, Map.of("error", "Redis is not available"));
    }
  }

  private void route(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ChatException {
    // The raw path: a decoded one could not tell a slash in an id from one between segments.
    String[] path = request.getRequestURI().substring("/api/".length()).split("/", -1);
    if (path.length == 1 && path[0].equals("login")) {
      requireMethod(request, "POST");
      login(request, response);
      return;
    }
    String userId = authenticated(request);
    if (path.length == 1 && path[0].equals("ws-ticket")) {
      requireMethod(request, "POST");
      answer(response, 200, Map.of("ticket", tickets.issue(userId)));
    } else if (path.length == 1 && path[0].equals("conversations")) {
      if (requireMethod(request, "GET", "POST").equals("GET")) {
        answer(response, 200, store.conversations(userId));
      } else {
        createConversation(userId, request, response);
      }
    } else if (path.length == 3 && path[0].equals("conversations") && path[2].equals("messages")) {
      String conversationId = decoded(path[1]);
      if (requireMethod(request, "GET", "POST").equals("GET")) {
        recentMessages(userId, conversationId, response);
      } else {
        String content = body(request).text("content");
        answer(response, 202, messages.post(userId, conversationId, content));
      }
    } else if (path.length == 3 && path[0].equals("conversations") && path[2].equals("read")) {
      requireMethod(request, "POST");
      messages.markRead(userId, decoded(path[1]), body(request).id("session"));
      answer(response, 202, Map.of());
    } else {
      throw new ChatException(404, "there is nothing here");
    }
  }

  private void login(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ChatException {
    String userId = body(request).id("user_id");
    answer(response, 200, Map.of("token", tokens.issue(userId)));
  }

  private void createConversation(
      String userId, HttpServletRequest request, HttpServletResponse response)
      throws IOException, ChatException {
    JsonBody body = body(request);
    Conversation wanted = new Conversation(body.id("id"), body.ids("participants"));
    if (wanted.id().equals(".") || wanted.id().equals("..")) {
      throw new ChatException(400, "id must not be . or .. because it is part of a path");
    }
    if (!wanted.participants().contains(userId)) {
      throw new ChatException(403, "you must be a participant yourself");
    }
    Conversation conversation = store.create(wanted);
    if (conversation == null) {
      throw new ChatException(409, "this id belongs to a conversation of others");
    }
    answer(response, 201, conversation);
  }

  private void recentMessages(String userId, String conversationId, HttpServletResponse response)
      throws IOException, ChatException {
    Set<String> participants = store.participants(conversationId);
    if (!participants.contains(userId)) {
      throw new ChatException(403, "not a participant of this conversation");
    }
    // They are stored as JSON, so they need not be read to be written.
    answerJson(response, 200, "[" + String.join(",", store.messages(conversationId)) + "]");
  }

  // ---- reading

  private String authenticated(HttpServletRequest request) throws ChatException {
    String header = request.getHeader("Authorization");
    String userId =
        header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)
            ? tokens.verify(header.substring(7).trim())
            : null;
    if (userId == null) {
      throw new ChatException(401, "log in first: no valid token");
    }
    return userId;
  }

  private static JsonBody body(HttpServletRequest request) throws IOException, ChatException {
    byte[] bytes = request.getInputStream().readNBytes(MAX_BODY_BYTES + 1);
    if (bytes.length > MAX_BODY_BYTES) {
      throw new ChatException(413, "the body must be at most " + MAX_BODY_BYTES + " bytes");
    }
    return JsonBody.parse(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String decoded(String segment) throws ChatException {
    try {
      // URLDecoder reads '+' as a space, which it is not in a path.
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ChatException(400, "the path is not percent-encoded UTF-8");
    }
  }

  private static String requireMethod(HttpServletRequest request, String... allowed)
      throws ChatException {
    for (String method : allowed) {
      if (method.equals(request.getMethod())) {
        return method;
      }
    }
    throw new ChatException.WrongMethod(String.join(", ", allowed));
  }

  // ---- answering

  private void answer(HttpServletResponse response, int status, @Nullable Object body)
      throws IOException {
    answerJson(response, status, json.writeValueAsString(body));
  }

  private static void answerJson(HttpServletResponse response, int status, String body)
      throws IOException {
    response.setStatus(status);
    response.setContentType("application/json");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
  }
}
