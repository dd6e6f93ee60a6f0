package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message as nearly all are: each field once, ids that are strings, no escapes in names and
 * ids. Of the rest, which the codec reads with Jackson, it only says that it is not such a message.
 *
 * <p>For one message; confined to one thread.
 */
final class PlainReader {
  private static final byte[] TARGET_USER_IDS =
      Envelope.TARGET_USER_IDS.getBytes(StandardCharsets.UTF_8);
  private static final byte[] HEADERS = Envelope.HEADERS.getBytes(StandardCharsets.UTF_8);
  private static final byte[] PAYLOAD = Envelope.PAYLOAD.getBytes(StandardCharsets.UTF_8);

  private final byte[] message;
  private final JsonScanner scanner;
  private final boolean readsHeaders;

  private @Nullable List<String> userIds; // null until seen
  private int payloadFrom = -1; // -1 until seen
  private int payloadTo;
  private @Nullable Map<String, String> headers; // null until seen

  PlainReader(byte[] message, int maxDepth, boolean readsHeaders) {
    this.message = message;
    this.readsHeaders = readsHeaders;
    scanner = new JsonScanner(message, maxDepth);
  }

  /** True if this is exactly one JSON value; false says nothing. */
  static boolean isValue(byte[] json, int maxDepth) {
    JsonScanner scanner = new JsonScanner(json, maxDepth);
    scanner.skipWhiteSpace();
    return scanner.skipValue(0) && scanner.isAtEnd();
  }

  /** The message; null says nothing. */
  @Nullable Envelope envelope() {
    if (!scanner.skip('{')) {
      return null;
    }
    do {
      if (!readField()) {
        return null;
      }
    } while (scanner.skip(','));
    if (!scanner.skip('}') || !scanner.isAtEnd()) {
      return null;
    }
    List<String> to = userIds == null ? List.of() : userIds;
    Map<String, String> context =
        headers == null ? Map.of() : Collections.unmodifiableMap(headers); // lanes share it
    return payloadFrom < 0
        ? new Envelope(to, context)
        : new Envelope(to, context, message, payloadFrom, payloadTo);
  }

  private boolean readField() {
    scanner.skipWhiteSpace();
    int from = scanner.at() + 1;
    if (!scanner.skipString(false)) {
      return false;
    }
    int to = scanner.at() - 1;
    if (!scanner.skip(':')) {
      return false;
    }
    scanner.skipWhiteSpace();
    if (isName(TARGET_USER_IDS, from, to)) {
      return userIds == null && readUserIds();
    }
    if (isName(PAYLOAD, from, to)) {
      return payloadFrom < 0 && readPayload();
    }
    if (readsHeaders && isName(HEADERS, from, to)) {
      return headers == null && readHeaders();
    }
    return scanner.skipValue(1);
  }

  private boolean isName(byte[] name, int from, int to) {
    return Arrays.equals(name, 0, name.length, message, from, to);
  }

  private boolean readHeaders() {
    Map<String, String> read = new LinkedHashMap<>();
    headers = read;
    if (!scanner.skip('{')) {
      return false;
    }
    if (scanner.skip('}')) {
      return true;
    }
    do {
      String name = readString();
      if (name == null || !scanner.skip(':')) {
        return false;
      }
      String value = readString();
      if (value == null) {
        return false;
      }
      read.put(name, value);
    } while (scanner.skip(','));
    return scanner.skip('}');
  }

  /** A string without escapes, perhaps behind white space; null says nothing. */
  private @Nullable String readString() {
    scanner.skipWhiteSpace();
    int from = scanner.at() + 1;
    return scanner.skipString(false)
        ? new String(message, from, scanner.at() - 1 - from, StandardCharsets.UTF_8)
        : null;
  }

  private boolean readUserIds() {
    List<String> ids = new ArrayList<>();
    userIds = ids;
    if (!scanner.skip('[')) {
      return false;
    }
    if (scanner.skip(']')) {
      return true;
    }
    do {
      String id = readString();
      if (id == null) {
        return false;
      }
      if (!id.isEmpty()) { // an empty id is nobody's
        ids.add(id);
      }
    } while (scanner.skip(','));
    return scanner.skip(']');
  }

  private boolean readPayload() {
    payloadFrom = scanner.at();
    boolean isRight = scanner.skipValue(1);
    payloadTo = scanner.at();
    return isRight;
  }
}
