package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message as nearly all are: each field once, ids that are strings, no escapes in names and
 * ids. Of any other message, which the codec reads with Jackson, it only says that it is not one.
 *
 * <p>On a system with many nodes most messages concern nobody on a node. So it makes no text of ids
 * that the filter does not contain. For one message; confined to one thread.
 */
final class PlainReader extends JsonScanner {
  // As all who publish write them: comparing them takes less time than reading any name.
  private static final byte[] USER_IDS_FIELD = field(Envelope.TARGET_USER_IDS);
  private static final byte[] HEADERS_FIELD = field(Envelope.HEADERS);
  private static final byte[] PAYLOAD_FIELD = field(Envelope.PAYLOAD);
  private static final byte[] COLON = {':'};

  private final byte[] message;
  private final boolean readsHeaders;
  private final NameFilter filter;

  private int named = -1; // -1 until seen
  private int undeliverable;
  private List<String> userIds = List.of(); // those that the filter contains
  private int payloadFrom = -1; // -1 until seen
  private int payloadTo;
  private @Nullable Map<String, String> headers; // null until seen

  PlainReader(byte[] message, int maxDepth, boolean readsHeaders, NameFilter filter) {
    super(message, maxDepth);
    this.message = message;
    this.readsHeaders = readsHeaders;
    this.filter = filter;
  }

  private static byte[] field(String name) {
    return ("\"" + name + "\":").getBytes(StandardCharsets.US_ASCII);
  }

  /** True if this is exactly one JSON value; false says nothing. */
  static boolean isValue(byte[] json, int maxDepth) {
    JsonScanner scanner = new JsonScanner(json, maxDepth);
    scanner.skipWhiteSpace();
    return scanner.skipValue(0) && scanner.isAtEnd();
  }

  /** The message; null says nothing. */
  @Nullable Envelope envelope() {
    if (!skip('{')) {
      return null;
    }
    do {
      skipWhiteSpace();
      if (!readField()) {
        return null;
      }
    } while (skip(','));
    if (!skip('}') || !isAtEnd()) {
      return null;
    }
    return new Envelope(
        Target.users(userIds),
        named,
        undeliverable,
        null,
        headers == null ? Map.of() : headers,
        message,
        payloadFrom,
        payloadTo);
  }

  private boolean readField() {
    if (skip(USER_IDS_FIELD)) {
      return named < 0 && readUserIds();
    }
    if (skip(PAYLOAD_FIELD)) {
      return payloadFrom < 0 && readPayload();
    }
    if (readsHeaders && skip(HEADERS_FIELD)) {
      return headers == null && readHeaders();
    }
    // Not one of those if the colon follows the name at once; if not, it may be.
    if (!skipString(false) || !skip(COLON)) {
      return false;
    }
    skipWhiteSpace();
    return skipValue(1);
  }

  private boolean readHeaders() {
    Map<String, String> read = new LinkedHashMap<>();
    headers = read;
    if (!skip('{')) {
      return false;
    }
    if (skip('}')) {
      return true;
    }
    do {
      String name = readString();
      if (name == null || !skip(':')) {
        return false;
      }
      String value = readString();
      if (value == null) {
        return false;
      }
      read.put(name, value);
    } while (skip(','));
    return skip('}');
  }

  /** A string without escapes, perhaps behind white space; null says nothing. */
  private @Nullable String readString() {
    skipWhiteSpace();
    int from = at() + 1;
    return skipString(false)
        ? new String(message, from, at() - 1 - from, StandardCharsets.UTF_8)
        : null;
  }

  private boolean readUserIds() {
    named = 0;
    if (!skip('[')) {
      return false;
    }
    if (skip(']')) {
      return true;
    }
    do {
      skipWhiteSpace();
      int from = at() + 1;
      long hash = skipAsciiString();
      if (hash < 0 && !skipString(false)) {
        return false;
      }
      int to = at() - 1;
      named++;
      if (from == to) {
        undeliverable++; // an empty id is nobody's
      } else if (hash < 0 || filter.mayContain((int) hash)) {
        userIds = userIds.isEmpty() ? new ArrayList<>() : userIds;
        userIds.add(new String(message, from, to - from, StandardCharsets.UTF_8));
      }
    } while (skip(','));
    return skip(']');
  }

  private boolean readPayload() {
    skipWhiteSpace();
    payloadFrom = at();
    boolean isRight = skipValue(1);
    payloadTo = at();
    return isRight;
  }
}
