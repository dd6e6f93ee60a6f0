package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wire format, version 1: {@code {"target_user_ids": [...], "payload": ...}}, with optional
 * {@code headers} and {@code auth}; see docs/wire-format.md. The payload is cut out of the message,
 * so that a client gets the text as it was published. Thread-safe.
 */
public final class EnvelopeCodec {
  private static final byte[] PREFIX = ascii("{\"" + Envelope.TARGET_USER_IDS + "\":[");
  private static final byte[] MIDDLE = ascii(",\"" + Envelope.PAYLOAD + "\":");
  private static final byte[] NOTHING = {};

  private final int maxMessageBytes;
  private final int maxDepth;
  private final boolean readsHeaders;
  private final JacksonReader any;

  /** Skips the headers if {@code readsHeaders} is false. */
  public EnvelopeCodec(int maxMessageBytes, boolean readsHeaders) {
    this(maxMessageBytes, Envelope.MAX_DEPTH, readsHeaders);
  }

  EnvelopeCodec(int maxMessageBytes, int maxDepth, boolean readsHeaders) {
    this.maxMessageBytes = maxMessageBytes;
    this.maxDepth = maxDepth;
    this.readsHeaders = readsHeaders;
    any = new JacksonReader(maxDepth, readsHeaders);
  }

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
  public byte[] encode(
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
          "message must be at most maxMessageBytes %s: %s bytes for %s users%s and a payload of %s"
              .formatted(
                  maxMessageBytes,
                  size,
                  ids.length,
                  context.length == 0 ? "" : ", " + context.length + " bytes of headers",
                  payload.length + " bytes"));
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
      signer.sign(message);
    }
    return message;
  }

  private static int append(byte[] part, byte[] message, int at) {
    System.arraycopy(part, 0, message, at, part.length);
    return at + part.length;
  }

  /** The whole field, with a comma before it. */
  private static byte[] encoded(Map<String, String> headers) {
    ByteArrayOutputStream field = new ByteArrayOutputStream(128);
    field.writeBytes(ascii(",\"" + Envelope.HEADERS + "\":"));
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

  // Most ids need no escapes, and checking that is cheaper than escaping.
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
   * Refuses a payload that readers would refuse.
   *
   * @throws IllegalArgumentException if it is not exactly one JSON value in UTF-8, or nested too
   *     deep
   */
  public void checkPayload(byte[] json) {
    if (json.length > maxMessageBytes) {
      throw new IllegalArgumentException(
          "payload must be at most maxMessageBytes " + maxMessageBytes + ": " + json.length);
    }
    if (PlainReader.isValue(json, maxDepth - 1)) {
      return;
    }
    any.checkPayload(json);
  }

  public void checkSize(byte[] message) throws MalformedMessageException {
    if (message.length > maxMessageBytes) {
      throw new MalformedMessageException(tooLarge(message.length));
    }
  }

  /** The rule that a message of this size breaks. */
  public String tooLarge(long bytes) {
    return "over maxMessageBytes " + maxMessageBytes + ": " + bytes;
  }

  Envelope decode(byte[] message) throws MalformedMessageException, UndeliverableMessageException {
    return decode(message, NameFilter.ALL, NameFilter.ALL);
  }

  /** The message; users and groups that the filters do not contain may be left out. */
  public Envelope decode(byte[] message, NameFilter users, NameFilter groups)
      throws MalformedMessageException, UndeliverableMessageException {
    checkSize(message);
    Envelope plain = new PlainReader(message, maxDepth, readsHeaders, users).envelope();
    return plain != null ? plain : decodeAny(message);
  }

  /** With Jackson, which reads any message. */
  Envelope decodeAny(byte[] message)
      throws MalformedMessageException, UndeliverableMessageException {
    return any.envelope(message);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
