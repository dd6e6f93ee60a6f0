package io.github.redisfanout.benchmarks.fanout;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A message as it travels, for contenders that only carry it. */
final class OneMessage {
  private OneMessage() {}

  static byte[] encode(List<String> userIds, Map<String, Object> payload) throws IOException {
    Map<String, Object> envelope = new LinkedHashMap<>();
    envelope.put("target_user_ids", userIds);
    envelope.put("payload", payload);
    return new ObjectMapper().writeValueAsBytes(envelope);
  }
}
