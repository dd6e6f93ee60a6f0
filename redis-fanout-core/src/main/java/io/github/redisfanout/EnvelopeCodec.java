package io.github.redisfanout;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The wire format, version 1: {@code {"target_user_ids": [...], "payload": ...}}.
 *
 * <p>The payload is cut out of the message, not parsed into a tree and written again: a client gets
 * the value's own text. Thread-safe.
 */
final class EnvelopeCodec {
  static final String TARGET_USER_IDS = "target_user_ids";
  static final String PAYLOAD = "payload";
  private static final byte[] PREFIX = ascii("{\"" + TARGET_USER_IDS + "\":[");
  private static final byte[] MIDDLE = ascii("],\"" + PAYLOAD + "\":");

  /** The Python back end reads an absent payload as an empty object. */
  static final TextPayload ABSENT = new TextPayload("{}", 2);

  private final int maxMessageBytes;
  private final int maxDepth;
  private final JsonParsers messages;
  private final JsonParsers payloads;

  EnvelopeCodec(int maxMessageBytes, int maxDepth) {
    this.maxMessageBytes = maxMessageBytes;
    this.maxDepth = maxDepth;
    messages = new JsonParsers(maxDepth);
    payloads = new JsonParsers(maxDepth - 1); // inside the envelope's object
  }

  // ---- writing

  /**
   * The message for these users.
   *
   * @param payload one JSON value, see {@link #checkPayload}
   * @throws IllegalArgumentException if the message is over the size limit
   */
  byte[] encode(Collection<String> userIds, byte[] payload) {
    byte[][] ids = new byte[userIds.size()][];
    long size =
        PREFIX.length + Math.max(0, 3L * ids.length - 1) + MIDDLE.length + payload.length + 1;
    int count = 0;
    for (String userId : userIds) {
      ids[count] = escaped(userId);
      size += ids[count++].length;
    }
    if (size > maxMessageBytes) {
      throw new IllegalArgumentException(
          "message must be at most maxMessageBytes "
              + maxMessageBytes
              + ": "
              + size
              + " bytes for "
              + ids.length
              + " users and a payload of "
              + payload.length
              + " bytes");
    }
    byte[] message = new byte[(int) size];
    int at = append(PREFIX, message, 0);
    for (int i = 0; i < ids.length; i++) {
      if (i > 0) {
        message[at++] = ',';
      }
      message[at++] = '"';
      at = append(ids[i], message, at);
      message[at++] = '"';
    }
    at = append(MIDDLE, message, at);
    at = append(payload, message, at);
    message[at] = '}';
    return message;
  }

  private static int append(byte[] part, byte[] message, int at) {
    System.arraycopy(part, 0, message, at, part.length);
    return at + part.length;
  }

  // Most ids need no escapes, and finding that out is much less work than escaping.
  private static byte[] escaped(String userId) {
    for (int i = 0; i < userId.length(); i++) {
      char c = userId.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return JsonStringEncoder.getInstance().quoteAsUTF8(userId);
      }
    }
    return userId.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Refuses what a reader would refuse.
   *
   * @throws IllegalArgumentException if the bytes are not exactly one JSON value in UTF-8, nested
   *     no deeper than a message allows
   */
  void checkPayload(byte[] json) {
    if (json.length > maxMessageBytes) {
      throw new IllegalArgumentException(
          "payload must be at most maxMessageBytes " + maxMessageBytes + ": " + json.length);
    }
    if (PlainReader.isValue(json, maxDepth - 1)) {
      return;
    }
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

  // ---- reading

  Envelope decode(byte[] message) throws MalformedMessageException {
    if (message.length > maxMessageBytes) {
      throw new MalformedMessageException(
          "over maxMessageBytes " + maxMessageBytes + ": " + message.length);
    }
    Envelope plain = new PlainReader(message, maxDepth).envelope();
    return plain != null ? plain : decodeAny(message);
  }

  /** With Jackson, whatever the message looks like. */
  Envelope decodeAny(byte[] message) throws MalformedMessageException {
    Utf8.check(message);
    try (JsonParser parser = messages.of(message)) {
      return decode(message, parser);
    } catch (StreamConstraintsException e) {
      throw new MalformedMessageException("deeper than maxDepth " + maxDepth);
    } catch (IOException e) {
      throw new MalformedMessageException(withoutContent(e));
    }
  }

  private static Envelope decode(byte[] message, JsonParser parser)
      throws IOException, MalformedMessageException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new MalformedMessageException("not a JSON object");
    }
    UserIds userIds = UserIds.NONE;
    TextPayload payload = ABSENT;
    // Of a field given twice the last one counts, as in Python.
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      if (field.equals(TARGET_USER_IDS)) {
        userIds = readUserIds(parser);
      } else if (field.equals(PAYLOAD)) {
        payload = cutOut(message, parser);
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw new MalformedMessageException("text follows the object");
    }
    if (!userIds.fault().isEmpty()) {
      throw new MalformedMessageException(userIds.fault());
    }
    return new Envelope(userIds.ids(), payload);
  }

  /** What one {@code target_user_ids} holds; {@code fault} is empty if it is right. */
  private record UserIds(List<String> ids, String fault) {
    static final UserIds NONE = new UserIds(List.of(), "");
  }

  private static UserIds readUserIds(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return new UserIds(List.of(), "target_user_ids is not an array");
    }
    List<String> ids = new ArrayList<>();
    String fault = "";
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      JsonToken token = parser.currentToken();
      if (token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT) {
        String id = parser.getText();
        if (token == JsonToken.VALUE_NUMBER_INT && id.equals("-0")) {
          id = "0";
        }
        if (Address.indexOfUnpairedSurrogate(id) >= 0) {
          fault = "a user id has an unpaired surrogate";
        }
        if (!id.isEmpty()) { // an empty id is nobody's
          ids.add(id);
        }
      } else {
        fault = "a user id is neither a string nor an integer";
        parser.skipChildren();
      }
    }
    return new UserIds(ids, fault);
  }

  private static TextPayload cutOut(byte[] message, JsonParser parser) throws IOException {
    int from = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    return TextPayload.of(message, from, (int) parser.currentLocation().getByteOffset());
  }

  // Jackson's own message can quote the input.
  private static String withoutContent(IOException e) {
    if (e instanceof JsonProcessingException json && json.getLocation() != null) {
      return "not JSON: at byte " + json.getLocation().getByteOffset();
    }
    return "not JSON";
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Makes parsers; thread-safe.
   *
   * <p>Jackson keeps the names of fields that it has seen, which is what makes it quick. But the
   * names are whatever publishers write: a flood of long ones must not stay. So after some input
   * the table is thrown away with its factory. (Without a table Jackson gives a parser that does
   * not know its position in bytes.)
   */
  private static final class JsonParsers {
    /** Input after which a table of names is thrown away, in bytes: what it may hold at most. */
    private static final long TABLE_INPUT = 1 << 20;

    private final JsonFactory template;
    private volatile Table table;

    private record Table(JsonFactory factory, AtomicLong input) {}

    JsonParsers(int maxDepth) {
      // Whatever else Jackson limits is limited by the size of the message, so that its
      // StreamConstraintsException is about the depth.
      template =
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(maxDepth)
                      .maxNumberLength(Integer.MAX_VALUE)
                      .maxNameLength(Integer.MAX_VALUE)
                      .maxStringLength(Integer.MAX_VALUE)
                      .build())
              .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
              .build();
      table = newTable();
    }

    private Table newTable() {
      return new Table(template.copy(), new AtomicLong());
    }

    JsonParser of(byte[] json) throws IOException {
      Table current = table;
      if (current.input().addAndGet(json.length) > TABLE_INPUT) {
        current = newTable();
        table = current;
      }
      return current.factory().createParser(json);
    }
  }
}
