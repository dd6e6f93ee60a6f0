package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A decoded message: whom it is for, where its payload lies, and the context it was published in.
 *
 * <p>The payload's text is made only when asked for: most messages concern nobody on a node.
 * Immutable, as long as nobody changes the message's bytes.
 */
public final class Envelope {
  static final String TARGET_USER_IDS = "target_user_ids";
  static final String HEADERS = "headers";
  static final String PAYLOAD = "payload";

  /** The most levels of arrays and objects in a message, its own object included. */
  public static final int MAX_DEPTH = 64;

  /** The Python back end reads an absent payload as an empty object. */
  private static final byte[] ABSENT = {'{', '}'};

  private final List<String> userIds;
  private final Map<String, String> headers;
  private final byte[] message;
  private final int from;
  private final int to;

  /** One whose payload lies between these two indexes of the message. */
  Envelope(List<String> userIds, Map<String, String> headers, byte[] message, int from, int to) {
    this.userIds = userIds;
    this.headers = headers;
    this.message = message;
    this.from = from;
    this.to = to;
  }

  /** One without a payload. */
  Envelope(List<String> userIds, Map<String, String> headers) {
    this(userIds, headers, ABSENT, 0, ABSENT.length);
  }

  /** As they were published: a user may be named twice. */
  public List<String> userIds() {
    return userIds;
  }

  /** Unmodifiable. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The payload's own text; made by each call. */
  public String payload() {
    return new String(message, from, payloadBytes(), StandardCharsets.UTF_8);
  }

  /** The payload's length in UTF-8. */
  public int payloadBytes() {
    return to - from;
  }
}
