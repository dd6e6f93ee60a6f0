package io.github.redisfanout.examples.chat;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Tickets that open one WebSocket, within 30 seconds. Thread-safe.
 *
 * <p>Browsers cannot set a header on a WebSocket, and a token in a URL ends up in logs: a ticket is
 * worthless there.
 */
final class WebSocketTickets {
  private static final Duration VALID_FOR = Duration.ofSeconds(30);

  private final ChatStore store;
  private final SecureRandom random = new SecureRandom();

  WebSocketTickets(ChatStore store) {
    this.store = store;
  }

  String issue(String userId) {
    byte[] bytes = new byte[24];
    random.nextBytes(bytes);
    String ticket = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    store.putTicket(ticket, userId, VALID_FOR);
    return ticket;
  }

  /** The ticket's user, once; null if it is missing, used, expired or made up. */
  @Nullable String take(@Nullable String ticket) {
    return ticket == null || ticket.isEmpty() ? null : store.takeTicket(ticket);
  }
}
