package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.github.redisfanout.internal.Checks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads any message with Jackson, and reports what is wrong with a malformed one. What the {@link
 * PlainReader} reads, this one reads in the same way. Thread-safe.
 */
final class JacksonReader {
  private final int maxDepth;
  private final boolean readsHeaders;
  private final JsonParsers messages;
  private final JsonParsers payloads;

  JacksonReader(int maxDepth, boolean readsHeaders) {
    this.maxDepth = maxDepth;
    this.readsHeaders = readsHeaders;
    messages = new JsonParsers(maxDepth);
    payloads = new JsonParsers(maxDepth - 1); // inside the envelope's object
  }

  /**
   * Refuses a payload that readers would refuse.
   *
   * @throws IllegalArgumentException if it is not exactly one JSON value in UTF-8, or nested too
   *     deep
   */
  void checkPayload(byte[] json) {
    try {
      Utf8.check(json);
      try (JsonParser parser = payloads.of(json)) {
        if (parser.nextToken() == null) {
          throw new MalformedMessageException("it is empty");
        }
        parser.skipChildren();
        if (parser.nextToken() != null) {
          throw new MalformedMessageException("text follows the value");
        }
      }
    } catch (MalformedMessageException e) {
      throw new IllegalArgumentException(
          "payload must be exactly one JSON value: " + e.getMessage());
    } catch (StreamConstraintsException e) {
      throw new IllegalArgumentException(
          "payload must be at most " + (maxDepth - 1) + " levels deep: it is deeper");
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "payload must be exactly one JSON value: " + withoutContent(e));
    }
  }

  Envelope envelope(byte[] message)
      throws MalformedMessageException, UndeliverableMessageException {
    Utf8.check(message);
    try (JsonParser parser = messages.of(message)) {
      return envelope(message, parser);
    } catch (StreamConstraintsException e) {
      throw new MalformedMessageException("deeper than " + maxDepth + " levels");
    } catch (IOException e) {
      throw new MalformedMessageException(withoutContent(e));
    }
  }

  private Envelope envelope(byte[] message, JsonParser parser)
      throws IOException, MalformedMessageException, UndeliverableMessageException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new MalformedMessageException("not a JSON object");
    }
    UserIds userIds = UserIds.ABSENT;
    int payloadFrom = -1;
    int payloadTo = 0;
    Map<String, String> headers = Map.of();
    // Of a field given twice the last one counts, as in Python.
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      if (field.equals(Envelope.TARGET_USER_IDS)) {
        userIds = readUserIds(parser);
      } else if (field.equals(Envelope.PAYLOAD)) {
        payloadFrom = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        payloadTo = (int) parser.currentLocation().getByteOffset();
      } else if (readsHeaders && field.equals(Envelope.HEADERS)) {
        headers = readHeaders(parser);
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw new MalformedMessageException("text follows the object");
    }
    if (!userIds.isArray()) {
      throw new MalformedMessageException("target_user_ids is not an array");
    }
    return new Envelope(
        Target.users(userIds.ids()),
        userIds.named(),
        Math.max(userIds.named(), 0) - userIds.ids().size(),
        null,
        headers,
        message,
        payloadFrom,
        payloadTo);
  }

  /** What is not a string is no header: a message is not lost for its context. */
  private static Map<String, String> readHeaders(JsonParser parser) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return Map.of();
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (parser.nextToken() == JsonToken.VALUE_STRING) {
        headers.put(name, parser.getText());
      } else {
        headers.remove(name); // of a name given twice the last one counts
        parser.skipChildren();
      }
    }
    return headers;
  }

  /** What one {@code target_user_ids} holds: the ids that are right, and how many there are. */
  private record UserIds(boolean isArray, List<String> ids, int named) {
    static final UserIds ABSENT = new UserIds(true, List.of(), -1);
    static final UserIds NO_ARRAY = new UserIds(false, List.of(), 0);
  }

  /** One wrong id must not cost the others their message. */
  private static UserIds readUserIds(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return UserIds.NO_ARRAY;
    }
    List<String> ids = new ArrayList<>();
    int named = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      named++;
      String id = readUserId(parser);
      if (!id.isEmpty()) {
        ids.add(id);
      }
    }
    return new UserIds(true, ids, named);
  }

  /** An id, or an empty text, which is nobody's. */
  private static String readUserId(JsonParser parser) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_STRING -> {
        String id = parser.getText();
        return Checks.indexOfUnpairedSurrogate(id) < 0 ? id : "";
      }
      case VALUE_NUMBER_INT -> {
        String id = parser.getText();
        return id.equals("-0") ? "0" : id;
      }
      default -> {
        parser.skipChildren();
        return "";
      }
    }
  }

  // Jackson's own message can quote the input.
  private static String withoutContent(IOException e) {
    if (e instanceof JsonProcessingException json && json.getLocation() != null) {
      return "not JSON: at byte " + json.getLocation().getByteOffset();
    }
    return "not JSON";
  }
}
