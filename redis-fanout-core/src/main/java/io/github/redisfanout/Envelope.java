package io.github.redisfanout;

import java.util.List;
import java.util.Map;

/** A decoded message: whom it is for, what they get, and the context it was published in. */
record Envelope(List<String> userIds, TextPayload payload, Map<String, String> headers) {
  Envelope(List<String> userIds, TextPayload payload) {
    this(userIds, payload, Map.of());
  }
}
