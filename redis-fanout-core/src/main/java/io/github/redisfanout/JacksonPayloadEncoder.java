package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/** The default encoder: Jackson 2, with your own mapper if you have one. Thread-safe. */
public final class JacksonPayloadEncoder implements PayloadEncoder {
  private final ObjectMapper mapper;

  /** With a plain mapper: no modules, so {@code java.time} needs a mapper of your own. */
  public JacksonPayloadEncoder() {
    this(new ObjectMapper());
  }

  /** With a mapper that is not reconfigured afterwards. */
  public JacksonPayloadEncoder(ObjectMapper mapper) {
    this.mapper = requireNonNull(mapper, "mapper == null");
  }

  @Override
  public byte[] encode(@Nullable Object payload) throws JsonProcessingException {
    return mapper.writeValueAsBytes(payload);
  }
}
