package io.github.redisfanout;

import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a message with a payload of 400 bytes takes to be written and read, by its audience. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // by setUp
public class AudienceCodecBenchmark {
  private static final NameFilter NOBODY = new NameFilter();

  /** The first one is written without {@code to}. */
  @Param({"user", "group", "everyone", "everyone-except-session", "group-except-users"})
  public String audience;

  private final EnvelopeCodec codec = CoreRig.codec();
  private final byte[] payload = Content.json(400).getBytes(StandardCharsets.UTF_8);
  private Target target;
  private byte[] message;

  @Setup
  public void setUp() {
    target = audience().target();
    message = codec.encode(target, Map.of(), payload, null);
  }

  private Audience audience() {
    return switch (audience) {
      case "user" -> Audience.user("user_1");
      case "group" -> Audience.group("room-1");
      case "everyone" -> Audience.everyone();
      case "everyone-except-session" ->
          Audience.everyone().exceptSessions("9f0c1b2d-1234-4abc-8def-0123456789ab");
      default -> Audience.group("room-1").exceptUsers("user_1", "user_2", "user_3");
    };
  }

  @Benchmark
  public Object decode() throws Exception {
    return codec.decode(message, NameFilter.ALL, NameFilter.ALL);
  }

  /** Neither its users nor its groups are on this node. */
  @Benchmark
  public Object decodeForNobody() throws Exception {
    return codec.decode(message, NOBODY, NOBODY);
  }

  @Benchmark
  public Object encode() {
    return codec.encode(target, Map.of(), payload, null);
  }
}
