package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator.Feature;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The default encoder: Jackson 2, with your own mapper if you have one. Thread-safe.
 *
 * <p>Characters beyond U+FFFF, such as emoji, are written as 4 bytes of UTF-8. Before Jackson 2.21
 * they are escaped, in 12 bytes.
 */
public final class JacksonPayloadEncoder implements PayloadEncoder {
  /** Jackson 2.17 does not have it; empty if this Jackson does not do it right. */
  private static final Optional<Feature> COMBINE_SURROGATES =
      Arrays.stream(Feature.values())
          .filter(feature -> feature.name().equals("COMBINE_UNICODE_SURROGATES_IN_UTF8"))
          .filter(JacksonPayloadEncoder::isRight)
          .findAny();

  private final ObjectWriter writer;

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
    ObjectWriter plain = requireNonNull(mapper, "mapper == null").writer();
    writer = COMBINE_SURROGATES.map(plain::with).orElse(plain);
  }

  // Jackson 2.18 to 2.20 take any character behind the first surrogate for the second one.
  private static boolean isRight(Feature feature) {
    try {
      byte[] unpaired =
          new ObjectMapper(factory()).writer().with(feature).writeValueAsBytes("\ud83dx");
      return unpaired.length == "'\\uD83Dx'".length();
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static JsonFactory factory() {
    // Jackson's default leaves buffers, and with them its classes, on the application's threads.
    return JsonFactory.builder().recyclerPool(JsonRecyclerPools.newConcurrentDequePool()).build();
  }

  @Override
  public byte[] encode(@Nullable Object payload) throws JsonProcessingException {
    return writer.writeValueAsBytes(payload);
  }
}
