package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A JSON object that a client sent, read with a clear answer to whatever is wrong. */
final class JsonBody {
  /** Long enough for any id that an application has, short enough for a token in a header. */
  private static final int MAX_ID_LENGTH = 10_000;

  private static final ObjectReader READER =
      new ObjectMapper()
          .readerFor(JsonNode.class)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final JsonNode object;

  private JsonBody(JsonNode object) {
    this.object = object;
  }

  static JsonBody parse(String text) throws ChatException {
    JsonNode node;
    try {
      node = READER.readValue(text);
    } catch (JsonProcessingException e) {
      throw new ChatException(400, "not JSON");
    }
    if (node == null || !node.isObject()) {
      throw new ChatException(400, "not a JSON object");
    }
    return new JsonBody(node);
  }

  /** Whether the field is this string; no field at all is not. */
  boolean has(String field, String value) {
    JsonNode node = object.get(field);
    return node != null && node.isTextual() && node.textValue().equals(value);
  }

  /** A string of at least one character. */
  String text(String field) throws ChatException {
    return text(field, object.get(field));
  }

  /** An id: an opaque string of 1 to 10,000 characters. */
  String id(String field) throws ChatException {
    return id(field, object.get(field));
  }

  /** A list of ids, at least one, each once. */
  List<String> ids(String field) throws ChatException {
    JsonNode array = object.get(field);
    if (array == null || !array.isArray() || array.isEmpty()) {
      throw new ChatException(400, field + " must be an array of at least one id");
    }
    List<String> ids = new ArrayList<>();
    for (JsonNode element : array) {
      String id = id("every element of " + field, element);
      if (!ids.contains(id)) {
        ids.add(id);
      }
    }
    return ids;
  }

  private static String id(String field, @Nullable JsonNode node) throws ChatException {
    String id = text(field, node);
    if (id.length() > MAX_ID_LENGTH) {
      throw new ChatException(
          400, field + " must be at most " + MAX_ID_LENGTH + " characters: " + id.length());
    }
    return id;
  }

  private static String text(String field, @Nullable JsonNode node) throws ChatException {
    if (node == null || !node.isTextual() || node.textValue().isEmpty()) {
      throw new ChatException(400, field + " must be a string of at least one character");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(node.textValue())) {
      throw new ChatException(400, field + " must not have an unpaired surrogate");
    }
    return node.textValue();
  }
}
