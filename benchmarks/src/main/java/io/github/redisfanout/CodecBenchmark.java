package io.github.redisfanout;

import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a message of some size for 10 users takes to be written and read. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // by setUp
public class CodecBenchmark {
  private static final int RECIPIENTS = 10;
  private static final NameFilter NOBODY = new NameFilter();

  /** Of the whole message. */
  @Param({"210", "450", "4096", "65536"})
  public int bytes;

  @Param({"ascii", "vietnamese"})
  public String text;

  private final EnvelopeCodec codec = CoreRig.codec();
  private final List<String> userIds = Content.userIds(RECIPIENTS);
  private byte[] payload;
  private byte[] message;

  @Setup
  public void setUp() {
    int envelope = CoreRig.encode(codec, userIds, new byte[0]).length;
    String json =
        text.equals("ascii")
            ? Content.json(bytes - envelope)
            : Content.json(bytes - envelope, "xin chào, bạn khỏe không? ");
    payload = json.getBytes(StandardCharsets.UTF_8);
    message = CoreRig.encode(codec, userIds, payload);
  }

  @Benchmark
  public Object decode() throws Exception {
    return codec.decode(message, NameFilter.ALL, NameFilter.ALL);
  }

  /** None of its users is on this node. */
  @Benchmark
  public Object decodeForNobody() throws Exception {
    return codec.decode(message, NOBODY, NOBODY);
  }

  @Benchmark
  public Object encode() {
    return CoreRig.encode(codec, userIds, payload);
  }

  @Benchmark
  public void checkPayload() {
    codec.checkPayload(payload);
  }
}
