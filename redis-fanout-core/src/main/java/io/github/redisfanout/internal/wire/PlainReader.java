package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
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
  private static final byte[] TO_FIELD = field(Envelope.TO);
  private static final byte[] CONTROL_FIELD = field(Envelope.CONTROL);
  private static final byte[] USERS_FIELD = field(To.USERS);
  private static final byte[] GROUPS_FIELD = field(To.GROUPS);
  private static final byte[] EVERYONE_FIELD = field(To.EVERYONE);
  private static final byte[] EXCEPT_FIELD = field(To.EXCEPT);
  private static final byte[] SESSIONS_FIELD = field(To.SESSIONS);
  private static final byte[] COLON = {':'};

  /** The levels of {@code {"to":{"except":{"users":[]}}}}. */
  private static final int TO_LEVELS = 4;

  private final byte[] message;
  private final boolean readsTo;
  private final boolean readsHeaders;
  private final NameFilter localUsers;
  private final NameFilter localGroups;

  private int named;
  private int undeliverable;
  // All of them null until seen; users and groups are those that the filters contain.
  private @Nullable List<String> userIds;
  private @Nullable List<String> users;
  private @Nullable List<String> groups;
  private @Nullable Boolean everyone;
  private @Nullable Set<String> exceptUsers;
  private @Nullable Set<String> exceptSessions;
  private boolean hasTo;
  private boolean hasExcept;
  private int payloadFrom = -1; // -1 until seen
  private int payloadTo;
  private @Nullable Map<String, String> headers; // null until seen

  PlainReader(
      byte[] message,
      int maxDepth,
      boolean readsHeaders,
      NameFilter localUsers,
      NameFilter localGroups) {
    super(message, maxDepth);
    this.message = message;
    readsTo = maxDepth >= TO_LEVELS;
    this.readsHeaders = readsHeaders;
    this.localUsers = localUsers;
    this.localGroups = localGroups;
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
        hasTo ? target() : Target.users(orNone(userIds)),
        userIds == null && !hasTo ? -1 : named,
        undeliverable,
        null,
        headers == null ? Map.of() : headers,
        message,
        payloadFrom,
        payloadTo);
  }

  private Target target() {
    List<String> all = orNone(userIds);
    if (users != null && !users.isEmpty()) {
      all = all.isEmpty() ? users : Stream.concat(all.stream(), users.stream()).toList();
    }
    return new Target(
        all,
        orNone(groups),
        everyone != null && everyone,
        orNone(exceptUsers),
        orNone(exceptSessions));
  }

  private static List<String> orNone(@Nullable List<String> names) {
    return names == null ? List.of() : names;
  }

  private static Set<String> orNone(@Nullable Set<String> names) {
    return names == null ? Set.of() : names;
  }

  private boolean readField() {
    if (skip(USER_IDS_FIELD)) {
      return userIds == null && (userIds = readNames(localUsers)) != null;
    }
    if (skip(PAYLOAD_FIELD)) {
      return payloadFrom < 0 && readPayload();
    }
    if (skip(TO_FIELD)) {
      return readsTo && !hasTo && readTo();
    }
    if (skip(CONTROL_FIELD)) {
      return false; // so rare that it need not be fast
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

  private boolean readTo() {
    hasTo = true;
    if (!skip('{')) {
      return false;
    }
    if (skip('}')) {
      return true;
    }
    do {
      skipWhiteSpace();
      if (!readMember()) {
        return false;
      }
    } while (skip(','));
    return skip('}');
  }

  /** Of what this version does not know Jackson says what it is. */
  private boolean readMember() {
    if (skip(GROUPS_FIELD)) {
      return groups == null && (groups = readNames(localGroups)) != null;
    }
    if (skip(EVERYONE_FIELD)) {
      return everyone == null && readEveryone();
    }
    if (skip(EXCEPT_FIELD)) {
      return !hasExcept && readExcept();
    }
    return skip(USERS_FIELD) && users == null && (users = readNames(localUsers)) != null;
  }

  private boolean readEveryone() {
    skipWhiteSpace();
    everyone = skipWord("true");
    named += everyone ? 1 : 0;
    return everyone || skipWord("false");
  }

  private boolean readExcept() {
    hasExcept = true;
    if (!skip('{')) {
      return false;
    }
    if (skip('}')) {
      return true;
    }
    do {
      skipWhiteSpace();
      if (skip(SESSIONS_FIELD)) {
        if (exceptSessions != null || (exceptSessions = readExcepted()) == null) {
          return false;
        }
      } else if (!skip(USERS_FIELD)
          || exceptUsers != null
          || (exceptUsers = readExcepted()) == null) {
        return false;
      }
    } while (skip(','));
    return skip('}');
  }

  /**
   * All of them: one that has no session here now may have one before the message is delivered.
   * Null says nothing.
   */
  private @Nullable Set<String> readExcepted() {
    int namedBefore = named;
    int undeliverableBefore = undeliverable;
    List<String> names = readNames(NameFilter.ALL);
    named = namedBefore;
    if (names == null || undeliverable > undeliverableBefore) {
      return null;
    }
    return names.size() == 1 ? Set.of(names.get(0)) : new HashSet<>(names);
  }

  /** Those that the filter contains, perhaps; null says nothing. */
  private @Nullable List<String> readNames(NameFilter filter) {
    if (!skip('[')) {
      return null;
    }
    List<String> names = List.of();
    if (skip(']')) {
      return names;
    }
    do {
      skipWhiteSpace();
      int from = at() + 1;
      long hash = skipAsciiString();
      if (hash < 0 && !skipString(false)) {
        return null;
      }
      int to = at() - 1;
      named++;
      if (from == to) {
        undeliverable++; // an empty id is nobody's
      } else if (hash < 0 || filter.mayContain((int) hash)) {
        names = names.isEmpty() ? new ArrayList<>() : names;
        names.add(new String(message, from, to - from, StandardCharsets.UTF_8));
      }
    } while (skip(','));
    return skip(']') ? names : null;
  }

  private boolean readPayload() {
    skipWhiteSpace();
    payloadFrom = at();
    boolean isRight = skipValue(1);
    payloadTo = at();
    return isRight;
  }
}
