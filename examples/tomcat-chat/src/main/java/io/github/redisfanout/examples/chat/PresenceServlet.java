package io.github.redisfanout.examples.chat;

import io.github.redisfanout.Presence;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code GET /api/presence?users=alice,bob} answers <code>{"alice":true,"bob":false}</code>: who
 * has a session, on whichever node.
 *
 * <p>Only for the caller and for who shares a conversation with the caller. All others are left
 * out, whether they exist or not. In this example anybody may begin a conversation with anybody;
 * your application should have the other one agree first, or a stranger can watch who is online.
 */
final class PresenceServlet extends JsonServlet {
  private static final long serialVersionUID = 1L;
  private static final int MOST_USERS = 100;
  private static final Duration LIMIT = Duration.ofSeconds(3);

  private final transient AccessTokens tokens;
  private final transient ChatStore store;
  private final transient Presence presence;

  PresenceServlet(AccessTokens tokens, ChatStore store, Presence presence) {
    this.tokens = tokens;
    this.store = store;
    this.presence = presence;
  }

  @Override
  void handle(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ChatException {
    String caller = authenticated(request, tokens);
    requireMethod(request, "GET");
    String users = request.getParameter("users");
    if (users == null || users.isEmpty()) {
      throw new ChatException(400, "users must be ids separated by commas");
    }
    int count = users.split(",", -1).length;
    if (count > MOST_USERS) {
      throw new ChatException(400, "users must be at most " + MOST_USERS + " ids: " + count);
    }
    Set<String> known = known(caller);
    // Not by what was split: an id may have commas itself.
    known.removeIf(id -> !("," + users + ",").contains("," + id + ","));
    Set<String> online = online(known);
    Map<String, Boolean> answer = new LinkedHashMap<>();
    known.forEach(id -> answer.put(id, online.contains(id)));
    answer(response, 200, answer);
  }

  /** The caller, and who shares a conversation with the caller. */
  private Set<String> known(String caller) {
    Set<String> known = new LinkedHashSet<>(Set.of(caller));
    store.conversations(caller).forEach(conversation -> known.addAll(conversation.participants()));
    return known;
  }

  private Set<String> online(Set<String> users) throws ChatException {
    try {
      return presence.online(users).get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new ChatException(503, "Redis did not say who is online");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChatException(503, "the server is shutting down");
    }
  }
}
