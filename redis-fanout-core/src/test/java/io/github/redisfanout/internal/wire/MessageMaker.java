package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Makes right messages, and the parts of which {@link MessageKind} makes others. */
public final class MessageMaker {
  private static final Pattern INTEGER = Pattern.compile("0|-?[1-9][0-9]*");

  final Random random;
  final RandomJson json;
  final int maxMessageBytes;
  final int maxDepth;
  private final List<String> userIds;
  private byte[] whole = {};
  private int truncated;

  /** {@code userIds} are those that messages are most often for. */
  public MessageMaker(Random random, List<String> userIds, int maxMessageBytes, int maxDepth) {
    this.random = random;
    this.json = new RandomJson(random);
    this.userIds = userIds;
    this.maxMessageBytes = maxMessageBytes;
    this.maxDepth = maxDepth;
  }

  /** In any order, with fields that nobody knows, and without those that may be absent. */
  String right() {
    List<String> fields = new ArrayList<>();
    for (int unknown = random.nextInt(3); unknown > 0; unknown--) {
      fields.add(field(json.pick("v", "except", "", "é", "Payload", "To", "users"), json.value(3)));
    }
    if (oneIn(12)) {
      fields.add(field("control", OddTargets.control(this)));
    } else if (!oneIn(20)) {
      fields.add(field("payload", json.value(4)));
    }
    if (oneIn(4)) {
      fields.add(field("to", to()));
    }
    if (!oneIn(20)) {
      fields.add(field("target_user_ids", ids()));
    }
    Collections.shuffle(fields, random);
    String message = object(fields);
    return message.getBytes(UTF_8).length <= maxMessageBytes ? message : right();
  }

  /** A message of these ids and this payload and an unknown field, in any order. */
  String message(String ids, String payload) {
    List<String> fields = new ArrayList<>();
    fields.add(field("target_user_ids", ids));
    fields.add(field("payload", payload));
    fields.add(field("x", "0"));
    Collections.shuffle(fields, random);
    return object(fields);
  }

  /** The same, and one more field at the end. */
  String message(String ids, String payload, String name, String value) {
    String message = message(ids, payload).stripTrailing();
    return message.substring(0, message.length() - 1) + "," + field(name, value) + "}";
  }

  /** The next of all beginnings of a message; when they were all made, those of another one. */
  byte[] truncated() {
    if (truncated >= whole.length) {
      whole = right().strip().getBytes(UTF_8);
      truncated = 0;
    }
    return Arrays.copyOf(whole, truncated++);
  }

  String object(List<String> fields) {
    return json.space() + "{" + json.space() + String.join(",", fields) + "}" + json.space();
  }

  String field(String name, String value) {
    return json.space()
        + (oneIn(6) ? quoted(name) : "\"" + name + "\"")
        + json.space()
        + ":"
        + json.space()
        + value
        + json.space();
  }

  String ids() {
    return ids(this::id);
  }

  private String ids(Supplier<String> id) {
    List<String> ids = new ArrayList<>();
    for (int size = random.nextInt(4); size > 0; size--) {
      ids.add(json.space() + id.get() + json.space());
    }
    return "[" + (ids.isEmpty() ? json.space() : String.join(",", ids)) + "]";
  }

  /** What the field {@code to} holds; groups have the names that users have. */
  String to() {
    List<String> members = new ArrayList<>();
    if (oneIn(2)) {
      members.add(field("users", ids()));
    }
    if (oneIn(2)) {
      members.add(field("groups", ids()));
    }
    if (oneIn(4)) {
      members.add(field("everyone", json.pick("true", "true", "false")));
    }
    if (oneIn(2)) {
      List<String> except = new ArrayList<>();
      if (oneIn(2)) {
        except.add(field("users", ids(this::rightId)));
      }
      if (oneIn(2)) {
        except.add(field("sessions", ids(this::rightId)));
      }
      Collections.shuffle(except, random);
      members.add(field("except", object(except)));
    }
    Collections.shuffle(members, random);
    return object(members);
  }

  /** One element of the ids: a string, or an integer. */
  String id() {
    return oneIn(20) ? json.pick("-0", "\"\"") : rightId();
  }

  private String rightId() {
    String id = oneIn(4) ? json.userId() : userIds.get(random.nextInt(userIds.size()));
    return random.nextBoolean() && INTEGER.matcher(id).matches() ? id : quoted(id);
  }

  /** The text as a JSON string, each character as it is or escaped. */
  public String quoted(String text) {
    int escapes = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0; // of three characters
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              boolean mayBePlain = c >= ' ' && c != '"' && c != '\\';
              if (mayBePlain && random.nextInt(3) >= escapes) {
                quoted.appendCodePoint(c);
              } else {
                Character.toString(c).chars().forEach(unit -> quoted.append(escaped(unit)));
              }
            });
    return quoted.append('"').toString();
  }

  private String escaped(int unit) {
    String digits = HexFormat.of().toHexDigits((char) unit);
    return "\\u" + (random.nextBoolean() ? digits : digits.toUpperCase(Locale.ROOT));
  }

  /** Arrays and objects, this many levels deep. */
  String nested(int levels) {
    StringBuilder open = new StringBuilder();
    StringBuilder close = new StringBuilder();
    int objects = random.nextInt(3);
    for (int level = 0; level < levels; level++) {
      boolean isArray = random.nextInt(2) >= objects;
      open.append(isArray ? json.pick("[", "[1,", "[[],") : json.pick("{\"a\":", "{\"\":0,\"b\":"));
      close.append(isArray ? ']' : '}');
    }
    return open + json.pick("null", "1", "\"\"") + close.reverse();
  }

  /** Makes one of these, and not the others. */
  @SafeVarargs
  final byte[] oneOf(Supplier<String>... makers) {
    return makers[random.nextInt(makers.length)].get().getBytes(UTF_8);
  }

  boolean oneIn(int chances) {
    return random.nextInt(chances) == 0;
  }
}
