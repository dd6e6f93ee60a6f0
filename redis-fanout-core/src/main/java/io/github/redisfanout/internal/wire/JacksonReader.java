package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    @Nullable Names userIds = null; // null until seen
    boolean isArray = true;
    @Nullable Object to = null; // null until seen
    @Nullable Object control = null; // null until seen
    int payloadFrom = -1;
    int payloadTo = 0;
    Map<String, String> headers = Map.of();
    // Of a field given twice the last one counts, as in Python.
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      if (field.equals(Envelope.TARGET_USER_IDS)) {
        isArray = parser.currentToken() == JsonToken.START_ARRAY;
        userIds = isArray ? Names.read(parser) : null;
        parser.skipChildren();
      } else if (field.equals(Envelope.PAYLOAD)) {
        payloadFrom = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        payloadTo = (int) parser.currentLocation().getByteOffset();
      } else if (field.equals(Envelope.TO)) {
        to = JsonTree.read(parser);
      } else if (field.equals(Envelope.CONTROL)) {
        control = JsonTree.read(parser);
      } else if (readsHeaders && field.equals(Envelope.HEADERS)) {
        headers = readHeaders(parser);
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw new MalformedMessageException("text follows the object");
    }
    if (!isArray) {
      throw new MalformedMessageException("target_user_ids is not an array");
    }
    if (control != null && payloadFrom >= 0) {
      throw new MalformedMessageException("it has both payload and control");
    }
    // Refuses a malformed one before what is only undeliverable.
    Control asked = control == null ? null : Controls.of(control);
    To others = to == null ? To.ABSENT : To.of(to);
    Names users = userIds == null ? others.users() : userIds.and(others.users());
    Target target =
        new Target(
            users.right(),
            others.groups().right(),
            others.everyone(),
            others.exceptUsers(),
            others.exceptSessions());
    int named = users.named() + others.groups().named() + (others.everyone() ? 1 : 0);
    return new Envelope(
        target,
        userIds == null && to == null ? -1 : named,
        named - target.named(),
        asked,
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

  // Jackson's own message can quote the input.
  private static String withoutContent(IOException e) {
    if (e instanceof JsonProcessingException json && json.getLocation() != null) {
      return "not JSON: at byte " + json.getLocation().getByteOffset();
    }
    return "not JSON";
  }
}
