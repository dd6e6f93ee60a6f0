package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Utf8;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Turns payloads into checked JSON, for publish and for a session's send. Thread-safe. */
final class PayloadWriter {
  private final PayloadEncoder encoder;
  private final EnvelopeCodec codec;

  PayloadWriter(PayloadEncoder encoder, EnvelopeCodec codec) {
    this.encoder = encoder;
    this.codec = codec;
  }

  /** This encoder, or for null the default one. */
  static PayloadEncoder encoderOrJackson(@Nullable PayloadEncoder given) {
    try {
      return given != null ? given : new JacksonPayloadEncoder();
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "no payloadEncoder was given, and the default one needs jackson-databind 2", e);
    }
  }

  byte[] json(@Nullable Object payload) {
    byte[] json;
    try {
      json = requireNonNull(encoder.encode(payload), "the payload encoder returned null");
    } catch (Exception e) {
      throw new IllegalArgumentException(
          "payload has no JSON form: %s; the payloadEncoder failed with %s, see the cause. For other types,"
                  .formatted(
                      payload == null ? "null" : payload.getClass().getName(),
                      e.getClass().getSimpleName())
              + " give the node a payloadEncoder that knows them",
          e);
    }
    codec.checkPayload(json);
    return json;
  }

  /** A payload that is JSON already. */
  byte[] checkedJson(String json) {
    byte[] bytes = Utf8.encode(requireNonNull(json, "json == null"));
    codec.checkPayload(bytes);
    return bytes;
  }

  /** As {@link #checkedJson}, for sessions. */
  TextPayload textOfJson(String json) {
    return new TextPayload(json, checkedJson(json).length);
  }

  TextPayload text(@Nullable Object payload) {
    byte[] json = json(payload);
    return new TextPayload(new String(json, StandardCharsets.UTF_8), json.length);
  }
}
