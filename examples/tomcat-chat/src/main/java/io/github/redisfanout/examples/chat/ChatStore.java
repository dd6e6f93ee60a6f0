package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.ZAddParams;

/**
 * What all nodes share, in Redis: conversations, their last messages, tickets, the signing key.
 *
 * <p>Thread-safe. Every method throws a Jedis exception if Redis is not reachable.
 */
final class ChatStore implements AutoCloseable {
  private static final int KEPT_MESSAGES = 100;
  private static final String SIGNING_KEY = "chat:signing-key";

  private final StoreRedis redis;
  private final ObjectMapper json = new ObjectMapper();

  ChatStore(String redisUrl) {
    redis = new StoreRedis(redisUrl);
  }

  /**
   * Creates a conversation, or finds it.
   *
   * @return the stored one; null if the id is taken by one with other participants
   */
  @Nullable Conversation create(Conversation wanted) {
    String key = conversationKey(wanted.id());
    String participants = write(wanted.participants());
    String present = redis.repeatable(r -> r.setGet(key, participants, new SetParams().nx()));
    Conversation conversation =
        present == null ? wanted : new Conversation(wanted.id(), readStrings(present));
    if (!Set.copyOf(conversation.participants()).equals(Set.copyOf(wanted.participants()))) {
      return null;
    }
    // Also when it was there: a node that died in between left this undone.
    double now = System.currentTimeMillis();
    for (String participant : conversation.participants()) {
      String list = conversationsKey(participant);
      redis.repeatable(r -> r.zadd(list, now, conversation.id(), ZAddParams.zAddParams().nx()));
    }
    return conversation;
  }

  /** The participants; empty if there is no such conversation. */
  Set<String> participants(String conversationId) {
    String stored = redis.repeatable(r -> r.get(conversationKey(conversationId)));
    return stored == null ? Set.of() : Set.copyOf(readStrings(stored));
  }

  /** The user's conversations, oldest first. */
  List<Conversation> conversations(String userId) {
    List<String> ids = redis.repeatable(r -> r.zrange(conversationsKey(userId), 0, -1));
    if (ids.isEmpty()) {
      return List.of();
    }
    String[] keys = ids.stream().map(ChatStore::conversationKey).toArray(String[]::new);
    List<String> stored = redis.repeatable(r -> r.mget(keys));
    List<Conversation> conversations = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      String participants = stored.get(i);
      if (participants != null) {
        conversations.add(new Conversation(ids.get(i), readStrings(participants)));
      }
    }
    return conversations;
  }

  void append(String conversationId, String message) {
    String key = messagesKey(conversationId);
    redis.once(r -> r.rpush(key, message)); // twice would be two messages
    redis.repeatable(r -> r.ltrim(key, -KEPT_MESSAGES, -1));
  }

  /** Takes back a message that nobody received. */
  void remove(String conversationId, String message) {
    redis.once(r -> r.lrem(messagesKey(conversationId), -1, message));
  }

  /** The last messages as JSON, oldest first. */
  List<String> messages(String conversationId) {
    return redis.repeatable(r -> r.lrange(messagesKey(conversationId), -KEPT_MESSAGES, -1));
  }

  void putTicket(String ticket, String userId, Duration validFor) {
    SetParams expiring = new SetParams().ex(validFor.toSeconds());
    redis.repeatable(r -> r.set(ticketKey(ticket), userId, expiring));
  }

  /** The ticket's user, once; null if there is no such ticket, or not any more. */
  @Nullable String takeTicket(String ticket) {
    return redis.once(r -> r.getDel(ticketKey(ticket))); // valid once
  }

  /** The key that all nodes sign with: the one that is there, or else this one. */
  String signingKey(String ifAbsent) {
    String present = redis.repeatable(r -> r.setGet(SIGNING_KEY, ifAbsent, new SetParams().nx()));
    return present == null ? ifAbsent : present;
  }

  @Override
  public void close() {
    redis.close();
  }

  private static String conversationKey(String id) {
    return "chat:conversation:" + id;
  }

  private static String conversationsKey(String userId) {
    return "chat:conversations-of:" + userId;
  }

  private static String messagesKey(String conversationId) {
    return "chat:messages:" + conversationId;
  }

  private static String ticketKey(String ticket) {
    return "chat:ticket:" + ticket;
  }

  private String write(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> readStrings(String stored) {
    try {
      return json.readValue(stored, new TypeReference<List<String>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the store has something that is not ours", e);
    }
  }
}
