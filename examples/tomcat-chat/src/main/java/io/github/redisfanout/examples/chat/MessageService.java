package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.redisfanout.Audience;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.PublishOption;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.backplane.PublishFailure;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/** Posts messages: the ids of all participants, and one publish. Thread-safe. */
final class MessageService {
  private static final Duration PUBLISH_LIMIT = Duration.ofSeconds(3);

  /** What every participant's client receives. */
  record Message(
      String type,
      @JsonProperty("conversation_id") String conversationId,
      @JsonProperty("sender_id") String senderId,
      String content,
      @JsonProperty("created_at") String createdAt) {}

  /**
   * What became of a message.
   *
   * @param offline the other participants who had no session when it was published; null if that is
   *     not known, for example while the Python service takes part
   */
  record Posted(
      @JsonUnwrapped Message message,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Set<String> offline) {}

  /** What a session that asked for it receives for each message that it has sent. */
  record Sent(
      String type,
      @JsonProperty("conversation_id") String conversationId,
      @JsonProperty("created_at") String createdAt,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Set<String> offline) {

    static Sent of(Posted posted) {
      Message message = posted.message();
      return new Sent("sent", message.conversationId(), message.createdAt(), posted.offline());
    }
  }

  /** What the other participants receive while one is typing. */
  record Typing(
      String type,
      @JsonProperty("conversation_id") String conversationId,
      @JsonProperty("sender_id") String senderId) {}

  /** What the user's other tabs receive when a conversation was read in one of them. */
  record Read(String type, @JsonProperty("conversation_id") String conversationId) {}

  private final ChatStore store;
  private final Publisher publisher;
  private final ObjectMapper json = new ObjectMapper();
  private final AtomicReference<Instant> lastCreatedAt = new AtomicReference<>(Instant.EPOCH);

  MessageService(ChatStore store, Publisher publisher) {
    this.store = store;
    this.publisher = publisher;
  }

  /**
   * Keeps the message and publishes it.
   *
   * @throws ChatException 400, 403 or 503; after 503 the message may still have been delivered only
   *     if no answer came from Redis
   */
  Posted post(String senderId, String conversationId, String content) throws ChatException {
    if (content.isEmpty()) {
      throw new ChatException(400, "content must not be empty");
    }
    Set<String> participants = requireParticipant(senderId, conversationId);
    Message message =
        new Message("message", conversationId, senderId, content, createdAt().toString());
    // Kept first, so that a client that reloads after a delivery finds it.
    String stored = write(message);
    store.append(conversationId, stored);
    try {
      Receipt receipt =
          publisher.publishAndWait(
              participants, message, PUBLISH_LIMIT, PublishOption.KNOW_OFFLINE);
      return new Posted(message, offline(receipt, senderId));
    } catch (PublishException e) {
      if (e.failure() != PublishFailure.UNKNOWN) {
        takeBack(conversationId, stored); // it reached nobody, and the sender will try again
      }
      throw new ChatException(503, "the message could not be published: " + e.failure());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChatException(503, "the server is shutting down");
    }
  }

  /** Whom your application would send a push notification. */
  private static @Nullable Set<String> offline(Receipt receipt, String senderId) {
    if (!receipt.knowsOffline()) {
      return null;
    }
    Set<String> offline = new TreeSet<>(receipt.offlineUsers());
    offline.remove(senderId); // who posts over HTTP needs no session
    return offline;
  }

  /**
   * Tells the other participants that the user is typing. It is stored nowhere, and nothing is at
   * stake, so this does not wait for Redis to take it.
   *
   * @throws ChatException 403
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the node counts and logs what is lost
  void typing(String userId, String conversationId) throws ChatException {
    Set<String> others = new TreeSet<>(requireParticipant(userId, conversationId));
    others.remove(userId);
    publisher.publish(others, new Typing("typing", conversationId, userId));
  }

  /**
   * Tells the user's other tabs that a conversation was read in this one. Of a message that is lost
   * only a mark is at stake, so this does not wait for Redis.
   *
   * @param sessionId of the tab; it comes from the client, and can only leave out one of its own
   * @throws ChatException 403
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the node counts and logs what is lost
  void markRead(String userId, String conversationId, String sessionId) throws ChatException {
    requireParticipant(userId, conversationId);
    publisher.publish(
        Audience.group(tabsOf(userId)).exceptSessions(sessionId), new Read("read", conversationId));
  }

  /** The group of those sessions of a user that know what {@link Read} means. */
  static String tabsOf(String userId) {
    return "tabs of " + userId;
  }

  private void takeBack(String conversationId, String stored) {
    try {
      store.remove(conversationId, stored);
    } catch (JedisException e) {
      // Redis is away: then it stays in the history, like a message whose answer was lost.
    }
  }

  private Set<String> requireParticipant(String userId, String conversationId)
      throws ChatException {
    Set<String> participants = store.participants(conversationId);
    if (!participants.contains(userId)) {
      // The same answer whether it exists or not: that is not for outsiders to know.
      throw new ChatException(403, "not a participant of this conversation");
    }
    return participants;
  }

  /** Now, in microseconds, and later than the one before: clients tell messages apart by it. */
  private Instant createdAt() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    return lastCreatedAt.updateAndGet(
        last -> now.isAfter(last) ? now : last.plus(1, ChronoUnit.MICROS));
  }

  private String write(Message message) {
    try {
      return json.writeValueAsString(message);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
