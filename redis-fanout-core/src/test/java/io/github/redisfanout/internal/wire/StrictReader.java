package io.github.redisfanout.internal.wire;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A second opinion on the wire format, written from {@code docs/wire-format.md}. It shares with the
 * codec the words for what was read, and nothing that reads.
 */
public final class StrictReader {
  private final Map<String, StrictJson.Value> fields;
  private int named;

  private StrictReader(Map<String, StrictJson.Value> fields) {
    this.fields = fields;
  }

  /**
   * What a message says.
   *
   * @param named how many users and groups it names; -1 without a field that could
   */
  public record Message(int named, Target target, @Nullable Control control, String payload) {
    /** It is for an audience that is not understood. */
    public static final Message UNDELIVERABLE = new Message(-2, Target.NOBODY, null, "");

    Message(List<String> ids, String payload) {
      this(ids.size(), Target.users(ids), null, payload);
    }

    public List<String> ids() {
      return target.users();
    }

    /** How many elements are no id. */
    public int undeliverable() {
      return Math.max(0, named) - target.named();
    }
  }

  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused() {
      super(null, null, false, false);
    }
  }

  /** What a message says; empty if it is malformed. */
  public static Optional<Message> read(byte[] message, int maxMessageBytes, int maxDepth) {
    return message.length > maxMessageBytes
        ? Optional.empty()
        : StrictJson.object(message, maxDepth).flatMap(f -> new StrictReader(f).message());
  }

  /** The one JSON value that this is, without the white space round it; empty if it is none. */
  static Optional<String> value(byte[] json, int maxDepth) {
    return StrictJson.value(json, maxDepth).map(StrictJson.Value::text);
  }

  private @Nullable Object field(String name) {
    StrictJson.Value value = fields.get(name);
    return value == null ? null : value.is();
  }

  private Optional<Message> message() {
    Object ids = field("target_user_ids");
    boolean idsAreRight = ids == null || ids instanceof List;
    boolean isOneThing = !fields.containsKey("control") || !fields.containsKey("payload");
    if (!idsAreRight || !isOneThing) {
      return Optional.empty();
    }
    Control control = null;
    try {
      control = fields.containsKey("control") ? control(field("control")) : null;
    } catch (Refused malformed) {
      return Optional.empty();
    }
    String payload = fields.containsKey("payload") ? fields.get("payload").text() : "{}";
    try {
      Target target = target((List<?>) ids);
      boolean namesNothing = ids == null && !fields.containsKey("to");
      return Optional.of(new Message(namesNothing ? -1 : named, target, control, payload));
    } catch (Refused undeliverable) {
      return Optional.of(Message.UNDELIVERABLE);
    }
  }

  // ---- whom it is for

  private Target target(@Nullable List<?> ids) throws Refused {
    List<String> users = right(ids == null ? List.of() : ids);
    if (!fields.containsKey("to")) {
      return Target.users(users);
    }
    Map<?, ?> to = object(field("to"), "users", "groups", "everyone", "except");
    users.addAll(right(array(to, "users")));
    List<String> groups = right(array(to, "groups"));
    Object everyone = to.containsKey("everyone") ? to.get("everyone") : word("false");
    refuseUnless(everyone.equals(word("true")) || everyone.equals(word("false")));
    boolean isForEveryone = everyone.equals(word("true"));
    named += isForEveryone ? 1 : 0;
    Map<?, ?> except =
        to.containsKey("except") ? object(to.get("except"), "users", "sessions") : Map.of();
    return new Target(
        users, groups, isForEveryone, excepted(except, "users"), excepted(except, "sessions"));
  }

  private static Object word(String text) {
    return new StrictJson.Word(text);
  }

  private static Map<?, ?> object(@Nullable Object value, String... known) throws Refused {
    refuseUnless(value instanceof Map);
    Map<?, ?> members = (Map<?, ?>) value;
    refuseUnless(List.of(known).containsAll(members.keySet()));
    return members;
  }

  private static List<?> array(Map<?, ?> members, String name) throws Refused {
    Object value = members.containsKey(name) ? members.get(name) : List.of();
    refuseUnless(value instanceof List);
    return (List<?>) value;
  }

  private Set<String> excepted(Map<?, ?> except, String name) throws Refused {
    List<?> all = array(except, name);
    int before = named;
    List<String> right = right(all);
    named = before;
    refuseUnless(right.size() == all.size());
    return new HashSet<>(right);
  }

  private List<String> right(List<?> elements) {
    List<String> right = new ArrayList<>();
    for (Object element : elements) {
      named++;
      String name = "";
      if (element instanceof String text && !StrictJson.hasUnpairedSurrogate(text)) {
        name = text;
      } else if (element instanceof StrictJson.Word word && word.text().matches("-?[0-9]+")) {
        name = word.text().equals("-0") ? "0" : word.text();
      }
      if (!name.isEmpty()) {
        right.add(name);
      }
    }
    return right;
  }

  // ---- what it asks

  private static Control control(@Nullable Object value) throws Refused {
    refuseUnless(value instanceof Map);
    Map<?, ?> control = (Map<?, ?>) value;
    if (control.size() != 1) {
      return new Control.Unknown("");
    }
    String name = (String) control.keySet().iterator().next();
    if (!List.of("disconnect", "join", "leave", "ask", "answer").contains(name)) {
      return new Control.Unknown(name);
    }
    refuseUnless(control.get(name) instanceof Map);
    Map<?, ?> parts = (Map<?, ?>) control.get(name);
    return switch (name) {
      case "disconnect" ->
          new Control.Disconnect(
              (int) number(parts, "code", Integer.MAX_VALUE),
              parts.containsKey("reason") ? text(parts.get("reason")) : "");
      case "join" -> new Control.Join(text(parts.get("group")));
      case "leave" -> new Control.Leave(text(parts.get("group")));
      case "ask" -> new Control.Ask(text(parts.get("id")));
      default -> answer(parts);
    };
  }

  private static Control answer(Map<?, ?> parts) throws Refused {
    List<String> reasons = new ArrayList<>();
    refuseUnless(parts.get("reasons") instanceof List);
    for (Object reason : (List<?>) parts.get("reasons")) {
      reasons.add(text(reason));
    }
    return new Control.Answer(
        text(parts.get("ask")),
        text(parts.get("node")),
        number(parts, "since", Long.MAX_VALUE),
        (int) number(parts, "sessions", Integer.MAX_VALUE),
        (int) number(parts, "users", Integer.MAX_VALUE),
        text(parts.get("version")),
        text(parts.get("health")),
        reasons);
  }

  private static String text(@Nullable Object value) throws Refused {
    refuseUnless(value instanceof String text && !StrictJson.hasUnpairedSurrogate(text));
    return (String) value;
  }

  private static long number(Map<?, ?> parts, String name, long max) throws Refused {
    refuseUnless(parts.get(name) instanceof StrictJson.Word);
    String digits = ((StrictJson.Word) parts.get(name)).text();
    refuseUnless(digits.equals("-0") || digits.matches("[0-9]{1,19}"));
    try {
      long number = Long.parseLong(digits);
      refuseUnless(number <= max);
      return number;
    } catch (NumberFormatException tooLarge) {
      throw new Refused();
    }
  }

  private static void refuseUnless(boolean rule) throws Refused {
    if (!rule) {
      throw new Refused();
    }
  }
}
