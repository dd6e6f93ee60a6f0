package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A decoded message: whom it is for, where its payload lies, and the context it was published in.
 *
 * <p>The payload's text is made only when asked for: most messages concern nobody on a node.
 *
 * @param target ids and names that nobody here has may be left out
 * @param named how many users and groups it names, everyone counts as one; -1: it has neither field
 * @param undeliverable how many of these are no id
 * @param control what it asks of the nodes; null for a message with a payload
 * @param message nobody may change it
 * @param from where the payload begins in the message; -1: it has none
 * @param to where it ends
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy per message would cost
public record Envelope(
    Target target,
    int named,
    int undeliverable,
    @Nullable Control control,
    Map<String, String> headers,
    byte[] message,
    int from,
    int to) {
  static final String TARGET_USER_IDS = "target_user_ids";
  static final String TO = "to";
  static final String HEADERS = "headers";
  static final String PAYLOAD = "payload";
  static final String CONTROL = "control";

  /** The most levels of arrays and objects in a message, its own object included. */
  public static final int MAX_DEPTH = 64;

  /** The Python back end reads an absent payload as an empty object. */
  private static final byte[] ABSENT = {'{', '}'};

  /** Replaces an absent payload. */
  public Envelope {
    headers = Collections.unmodifiableMap(headers); // lanes share it
    if (from < 0) {
      message = ABSENT;
      from = 0;
      to = ABSENT.length;
    }
  }

  /** The same message for this target. */
  public Envelope with(Target narrower) {
    return new Envelope(narrower, named, undeliverable, control, headers, message, from, to);
  }

  List<String> userIds() {
    return target.users();
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
