package io.github.redisfanout.internal.wire;

import io.github.redisfanout.internal.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The field {@code control}, in both directions. */
final class Controls {
  private static final String DISCONNECT = "disconnect";
  private static final String JOIN = "join";
  private static final String LEAVE = "leave";
  private static final String ASK = "ask";
  private static final String ANSWER = "answer";
  private static final Set<String> KNOWN = Set.of(DISCONNECT, JOIN, LEAVE, ASK, ANSWER);

  private Controls() {}

  /** Its only member says what it is; a later version may have others. */
  static Control of(Object tree) throws MalformedMessageException {
    Map<?, ?> control = object("control", tree);
    String name = control.size() == 1 ? (String) control.keySet().iterator().next() : "";
    if (!KNOWN.contains(name)) {
      return new Control.Unknown(name);
    }
    Map<?, ?> parts = object("control." + name, control.get(name));
    return switch (name) {
      case DISCONNECT ->
          new Control.Disconnect(
              integer(parts, "code"), parts.containsKey("reason") ? text(parts, "reason") : "");
      case JOIN -> new Control.Join(text(parts, "group"));
      case LEAVE -> new Control.Leave(text(parts, "group"));
      case ASK -> new Control.Ask(text(parts, "id"));
      default ->
          new Control.Answer(
              text(parts, "ask"),
              text(parts, "node"),
              number(parts, "since", Long.MAX_VALUE),
              integer(parts, "sessions"),
              integer(parts, "users"),
              text(parts, "version"),
              text(parts, "health"),
              texts(parts, "reasons"));
    };
  }

  private static Map<?, ?> object(String name, @Nullable Object tree)
      throws MalformedMessageException {
    if (tree instanceof Map<?, ?> members) {
      return members;
    }
    throw new MalformedMessageException(name + " is not an object");
  }

  private static String text(Map<?, ?> parts, String name) throws MalformedMessageException {
    return text(name, parts.get(name));
  }

  private static String text(String name, @Nullable Object tree) throws MalformedMessageException {
    if (tree instanceof String text && Checks.indexOfUnpairedSurrogate(text) < 0) {
      return text;
    }
    throw new MalformedMessageException("control has no right " + name);
  }

  private static List<String> texts(Map<?, ?> parts, String name) throws MalformedMessageException {
    if (!(parts.get(name) instanceof List<?> elements)) {
      throw new MalformedMessageException("control has no right " + name);
    }
    List<String> texts = new ArrayList<>();
    for (Object element : elements) {
      texts.add(text(name, element));
    }
    return texts;
  }

  private static int integer(Map<?, ?> parts, String name) throws MalformedMessageException {
    return (int) number(parts, name, Integer.MAX_VALUE);
  }

  /** From 0 on; none of them can be less. */
  private static long number(Map<?, ?> parts, String name, long max)
      throws MalformedMessageException {
    if (parts.get(name) instanceof JsonTree.Int number) {
      try {
        long value = Long.parseLong(number.digits());
        if (value >= 0 && value <= max) {
          return value;
        }
      } catch (NumberFormatException e) { // it is larger
      }
    }
    throw new MalformedMessageException("control has no right " + name);
  }

  static void write(Control control, JsonText out) {
    if (control instanceof Control.Disconnect disconnect) {
      out.raw("{\"disconnect\":{\"code\":").number(disconnect.code());
      out.raw(",\"reason\":").string(disconnect.reason());
    } else if (control instanceof Control.Join join) {
      out.raw("{\"join\":{\"group\":").string(join.group());
    } else if (control instanceof Control.Leave leave) {
      out.raw("{\"leave\":{\"group\":").string(leave.group());
    } else if (control instanceof Control.Ask ask) {
      out.raw("{\"ask\":{\"id\":").string(ask.id());
    } else if (control instanceof Control.Answer answer) {
      out.raw("{\"answer\":{\"ask\":").string(answer.ask());
      out.raw(",\"node\":").string(answer.node());
      out.raw(",\"since\":").number(answer.sinceMillis());
      out.raw(",\"sessions\":").number(answer.sessions());
      out.raw(",\"users\":").number(answer.users());
      out.raw(",\"version\":").string(answer.version());
      out.raw(",\"health\":").string(answer.health());
      out.raw(",\"reasons\":").strings(answer.reasons());
    } else {
      throw new IllegalArgumentException("an unknown control cannot be written");
    }
    out.raw("}}");
  }
}
