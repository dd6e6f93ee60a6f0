package io.github.redisfanout;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A second opinion on the wire format: parses into a tree, and knows two fields and nothing else.
 *
 * <p>It reads as the Python back end does: {@code data.get("target_user_ids", [])} and {@code
 * data.get("payload", {})}.
 */
final class TwoFieldReader {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
          .build();

  private TwoFieldReader() {}

  record Message(List<String> ids, JsonNode payload) {}

  static Message read(byte[] message) throws IOException {
    JsonNode data = MAPPER.readTree(message);
    List<String> ids = new ArrayList<>();
    data.path("target_user_ids").forEach(id -> ids.add(id.asText()));
    return new Message(ids, data.has("payload") ? data.get("payload") : MAPPER.createObjectNode());
  }

  static JsonNode tree(String json) throws IOException {
    return MAPPER.readTree(json);
  }
}
