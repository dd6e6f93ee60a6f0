package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/** The default encoder: Jackson 2, with your own mapper if you have one. Thread-safe. */
public final class JacksonPayloadEncoder implements PayloadEncoder {
  private final ObjectMapper mapper;

  /** With a plain mapper: no modules, so {@code java.time} needs a mapper of your own. */
  public JacksonPayloadEncoder() {
    this(new ObjectMapper(factory()));
  }

  /**
   * With a mapper that is not reconfigured afterwards.
   *
   * <p>A plain {@code new ObjectMapper()} leaves buffers on the threads that publish. In a web
   * application that is redeployed without a restart they keep its classes in memory; give the
   * mapper's factory a {@code JsonRecyclerPools.newConcurrentDequePool()} there.
   */
  public JacksonPayloadEncoder(ObjectMapper mapper) {
    this.mapper = requireNonNull(mapper, "mapper == null");
  }

  private static JsonFactory factory() {
    // Jackson's default leaves buffers, and with them its classes, on the application's threads.
    return JsonFactory.builder().recyclerPool(JsonRecyclerPools.newConcurrentDequePool()).build();
  }

  @Override
  public byte[] encode(@Nullable Object payload) throws JsonProcessingException {
    return mapper.writeValueAsBytes(payload);
  }
}
