package io.github.redisfanout.benchmarks.contenders;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * The original design's way with a message: JSON to a tree, and the payload to JSON again for every
 * session. Thread-safe.
 */
final class TreeDecoding {
  private final ObjectMapper mapper = new ObjectMapper();

  String encode(List<String> userIds, Map<String, Object> payload) {
    try {
      return mapper.writeValueAsString(Map.of("target_user_ids", userIds, "payload", payload));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] encodeUtf8(List<String> userIds, Map<String, Object> payload) {
    try {
      return mapper.writeValueAsBytes(Map.of("target_user_ids", userIds, "payload", payload));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  void deliver(String message, Map<String, Sink> sinks) {
    try {
      JsonNode envelope = mapper.readTree(message);
      JsonNode payload = envelope.path("payload");
      for (JsonNode userId : envelope.path("target_user_ids")) {
        Sink sink = sinks.get(userId.asText());
        if (sink != null) {
          sink.receive(mapper.writeValueAsString(payload));
        }
      }
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
