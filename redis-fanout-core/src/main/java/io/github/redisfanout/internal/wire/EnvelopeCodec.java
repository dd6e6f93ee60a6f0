package io.github.redisfanout.internal.wire;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wire format, version 1: {@code {"target_user_ids": [...], "payload": ...}}, with optional
 * {@code to}, {@code headers} and {@code auth}, or a {@code control} in place of the payload; see
 * docs/wire-format.md. The payload is cut out of the message, so that a client gets the text as it
 * was published. Thread-safe.
 */
public final class EnvelopeCodec {
  private final int maxMessageBytes;
  private final int maxDepth;
  private final boolean readsHeaders;
  private final EnvelopeWriter writer;
  private final JacksonReader any;

  /** Skips the headers if {@code readsHeaders} is false. */
  public EnvelopeCodec(int maxMessageBytes, boolean readsHeaders) {
    this(maxMessageBytes, Envelope.MAX_DEPTH, readsHeaders);
  }

  EnvelopeCodec(int maxMessageBytes, int maxDepth, boolean readsHeaders) {
    this.maxMessageBytes = maxMessageBytes;
    this.maxDepth = maxDepth;
    this.readsHeaders = readsHeaders;
    writer = new EnvelopeWriter(maxMessageBytes);
    any = new JacksonReader(maxDepth, readsHeaders);
  }

  /** The message for these users, without headers and not signed. */
  byte[] encode(List<String> userIds, byte[] payload) {
    return encode(Target.users(userIds), Map.of(), payload, null);
  }

  /**
   * The message for this target.
   *
   * @param payload one JSON value, see {@link #checkPayload}
   * @param signer null: the message is not signed
   * @throws IllegalArgumentException if the message is over the size limit
   */
  public byte[] encode(
      Target target, Map<String, String> headers, byte[] payload, @Nullable Signer signer) {
    return writer.message(target, headers, payload, signer);
  }

  /**
   * The message that asks this of the target.
   *
   * @param signer null: the message is not signed
   * @throws IllegalArgumentException if the message is over the size limit
   */
  public byte[] encode(Target target, Control control, @Nullable Signer signer) {
    return writer.message(target, control, signer);
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
    Envelope plain = new PlainReader(message, maxDepth, readsHeaders, users, groups).envelope();
    return plain != null ? plain : decodeAny(message);
  }

  /** With Jackson, which reads any message. */
  Envelope decodeAny(byte[] message)
      throws MalformedMessageException, UndeliverableMessageException {
    return any.envelope(message);
  }
}
