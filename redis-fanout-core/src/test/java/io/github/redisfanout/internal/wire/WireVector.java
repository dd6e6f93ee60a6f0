package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
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

  /** How many elements of {@code target_user_ids} are no user id. */
  int wrongIds() {
    return Integer.parseInt(fields.getOrDefault("wrong", "0"));
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
