package io.github.redisfanout;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wire format, version 1: {@code {"target_user_ids": [...], "payload": ...}}, and the optional
 * {@code headers} and {@code auth}, see docs/wire-format.md.
 *
 * <p>The payload is cut out of the message, not parsed into a tree and written again: a client gets
 * the value's own text. Thread-safe.
 */
final class EnvelopeCodec {
  static final String TARGET_USER_IDS = "target_user_ids";
  static final String HEADERS = "headers";
  static final String PAYLOAD = "payload";
  private static final byte[] PREFIX = ascii("{\"" + TARGET_USER_IDS + "\":[");
  private static final byte[] MIDDLE = ascii(",\"" + PAYLOAD + "\":");
  private static final byte[] NOTHING = {};

  /** The Python back end reads an absent payload as an empty object. */
  static final TextPayload ABSENT = new TextPayload("{}", 2);

  private final int maxMessageBytes;
  private final int maxDepth;
  private final boolean readsHeaders;
  private final JsonParsers messages;
  private final JsonParsers payloads;

  EnvelopeCodec(FanoutConfig config) {
    this(config.maxMessageBytes(), config.maxDepth(), config.contextPropagator().isPresent());
  }

  /** One that skips headers. */
  EnvelopeCodec(int maxMessageBytes, int maxDepth) {
    this(maxMessageBytes, maxDepth, false);
  }

  EnvelopeCodec(int maxMessageBytes, int maxDepth, boolean readsHeaders) {
    this.maxMessageBytes = maxMessageBytes;
    this.maxDepth = maxDepth;
    this.readsHeaders = readsHeaders;
    messages = new JsonParsers(maxDepth);
    payloads = new JsonParsers(maxDepth - 1); // inside the envelope's object
  }

  // ---- writing

  /** The message for these users, without headers and not signed. */
  byte[] encode(Collection<String> userIds, byte[] payload) {
    return encode(userIds, Map.of(), payload, null);
  }

  /**
   * The message for these users.
   *
   * @param payload one JSON value, see {@link #checkPayload}
   * @param signer null: the message is not signed
   * @throws IllegalArgumentException if the message is over the size limit
   */
  byte[] encode(
      Collection<String> userIds,
      Map<String, String> headers,
      byte[] payload,
      @Nullable Signer signer) {
    byte[][] ids = new byte[userIds.size()][];
    byte[] context = headers.isEmpty() ? NOTHING : encoded(headers);
    long size = PREFIX.length + Math.max(0, 3L * ids.length - 1) + 1;
    size += context.length + MIDDLE.length + payload.length;
    size += signer == null ? 1 : Signature.LENGTH;
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
              + " users"
              + (context.length == 0 ? "" : ", " + context.length + " bytes of headers")
              + " and a payload of "
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
    message[at++] = ']';
    at = append(context, message, at);
    at = append(MIDDLE, message, at);
    at = append(payload, message, at);
    if (signer == null) {
      message[at] = '}';
    } else {
      signer.sign(message); // which ends it
    }
    return message;
  }

  private static int append(byte[] part, byte[] message, int at) {
    System.arraycopy(part, 0, message, at, part.length);
    return at + part.length;
  }

  /** The whole field, with the comma before it. */
  private static byte[] encoded(Map<String, String> headers) {
    ByteArrayOutputStream field = new ByteArrayOutputStream(128);
    field.writeBytes(ascii(",\"" + HEADERS + "\":"));
    char before = '{';
    for (Map.Entry<String, String> header : headers.entrySet()) {
      field.write(before);
      field.write('"');
      field.writeBytes(escaped(header.getKey()));
      field.writeBytes(ascii("\":\""));
      field.writeBytes(escaped(header.getValue()));
      field.write('"');
      before = ',';
    }
    field.write('}');
    return field.toByteArray();
  }

  // Most ids need no escapes, and finding that out is much less work than escaping.
  private static byte[] escaped(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return JsonStringEncoder.getInstance().quoteAsUTF8(text);
      }
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
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

  void checkSize(byte[] message) throws MalformedMessageException {
    if (message.length > maxMessageBytes) {
      throw new MalformedMessageException(
          "over maxMessageBytes " + maxMessageBytes + ": " + message.length);
    }
  }

  Envelope decode(byte[] message) throws MalformedMessageException {
    checkSize(message);
    Envelope plain = new PlainReader(message, maxDepth, readsHeaders).envelope();
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

  private Envelope decode(byte[] message, JsonParser parser)
      throws IOException, MalformedMessageException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new MalformedMessageException("not a JSON object");
    }
    UserIds userIds = UserIds.NONE;
    TextPayload payload = ABSENT;
    Map<String, String> headers = Map.of();
    // Of a field given twice the last one counts, as in Python.
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      if (field.equals(TARGET_USER_IDS)) {
        userIds = readUserIds(parser);
      } else if (field.equals(PAYLOAD)) {
        payload = cutOut(message, parser);
      } else if (readsHeaders && field.equals(HEADERS)) {
        headers = readHeaders(parser);
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
    return new Envelope(userIds.ids(), payload, headers);
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
    return Collections.unmodifiableMap(headers); // lanes share it
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
}
