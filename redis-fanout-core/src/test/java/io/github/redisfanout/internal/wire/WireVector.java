package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One block of a file of {@code wire-format/v1}; the head of each file says what is in it. */
public record WireVector(String name, Map<String, String> fields) {
  private static final int LABEL = 10;

  public static List<WireVector> of(String file) {
    List<WireVector> vectors = new ArrayList<>();
    for (String line : text(file).split("\r?\n", -1)) {
      if (line.startsWith("== ")) {
        vectors.add(new WireVector(line.substring(3), new HashMap<>()));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        String value = line.substring(LABEL);
        vectors
            .get(vectors.size() - 1)
            .fields
            .put(
                line.substring(0, LABEL).strip(),
                value.replace('\u240a', '\n').replace('\u240d', '\r').replace('\u2409', '\t'));
      }
    }
    return vectors;
  }

  private static String text(String file) {
    try (InputStream in = WireVector.class.getResourceAsStream("/wire-format/v1/" + file)) {
      return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public List<String> ids() {
    return read("ids", new TypeReference<>() {});
  }

  /** How many elements are no user id, and no name of a group. */
  int wrongIds() {
    return Integer.parseInt(fields.getOrDefault("wrong", "0"));
  }

  /** Whom it is for; nobody if it does not say. */
  Target audience() {
    if (!has("audience")) {
      return Target.NOBODY;
    }
    JsonNode to = read("audience", new TypeReference<>() {});
    return new Target(
        names(to.path("users")),
        names(to.path("groups")),
        to.path("everyone").asBoolean(),
        new LinkedHashSet<>(names(to.path("except").path("users"))),
        new LinkedHashSet<>(names(to.path("except").path("sessions"))));
  }

  private static List<String> names(JsonNode array) {
    List<String> names = new ArrayList<>();
    array.forEach(name -> names.add(name.textValue()));
    return names;
  }

  Control control() {
    Map<String, JsonNode> control = read("control", new TypeReference<>() {});
    Map.Entry<String, JsonNode> only = control.entrySet().iterator().next();
    JsonNode parts = only.getValue();
    return switch (only.getKey()) {
      case "disconnect" ->
          new Control.Disconnect(parts.get("code").intValue(), parts.get("reason").textValue());
      case "join" -> new Control.Join(parts.get("group").textValue());
      case "leave" -> new Control.Leave(parts.get("group").textValue());
      case "ask" -> new Control.Ask(parts.get("id").textValue());
      default ->
          new Control.Answer(
              parts.get("ask").textValue(),
              parts.get("node").textValue(),
              parts.get("since").longValue(),
              parts.get("sessions").intValue(),
              parts.get("users").intValue(),
              parts.get("version").textValue(),
              parts.get("health").textValue(),
              names(parts.get("reasons")));
    };
  }

  Map<String, String> headers() {
    return read("headers", new TypeReference<>() {});
  }

  private <T> T read(String label, TypeReference<T> type) {
    try {
      return new ObjectMapper().readValue(field(label), type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String label) {
    return fields.containsKey(label);
  }

  public String field(String label) {
    return Objects.requireNonNull(fields.get(label), () -> name + " has no " + label);
  }

  public byte[] message() {
    return field("message").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return name;
  }
}
