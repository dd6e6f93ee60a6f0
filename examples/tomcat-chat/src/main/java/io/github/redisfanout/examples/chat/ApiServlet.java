package io.github.redisfanout.examples.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** The HTTP API, but for {@link PresenceServlet}; the same on every node. */
final class ApiServlet extends JsonServlet {
  private static final long serialVersionUID = 1L;
  private static final int MAX_BODY_BYTES = 64 << 10;

  private final transient AccessTokens tokens;
  private final transient WebSocketTickets tickets;
  private final transient ChatStore store;
  private final transient MessageService messages;

  ApiServlet(
      AccessTokens tokens, WebSocketTickets tickets, ChatStore store, MessageService messages) {
    this.tokens = tokens;
    this.tickets = tickets;
    this.store = store;
    this.messages = messages;
  }

  @Override
  void handle(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ChatException {
    // The raw path: a decoded one could not tell a slash in an id from one between segments.
    String[] path = request.getRequestURI().substring("/api/".length()).split("/", -1);
    if (path.length == 1 && path[0].equals("login")) {
      requireMethod(request, "POST");
      login(request, response);
      return;
    }
    String userId = authenticated(request, tokens);
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

  private static JsonBody body(HttpServletRequest request) throws IOException, ChatException {
    byte[] bytes = request.getInputStream().readNBytes(MAX_BODY_BYTES + 1);
    if (bytes.length > MAX_BODY_BYTES) {
      throw new ChatException(413, "the body must be at most " + MAX_BODY_BYTES + " bytes");
    }
    return JsonBody.parse(new String(bytes, StandardCharsets.UTF_8));
  }
}
