package io.github.redisfanout;

import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Signer;
import io.github.redisfanout.internal.wire.Target;
import io.github.redisfanout.internal.wire.UnauthenticatedMessageException;
import io.github.redisfanout.internal.wire.Verifier;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

/** What message authentication adds to writing a message, and to writing and reading one. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // by setUp
public class SignatureBenchmark {

  /** Of the whole message. */
  @Param({"450", "4096"})
  public int bytes;

  private final MessageAuthentication how =
      MessageAuthentication.hmacSha256(
          "a key of thirty-two bytes or more".getBytes(StandardCharsets.UTF_8));
  private final EnvelopeCodec codec = CoreRig.codec();
  private final Signer signer = how.newSigner("chat");
  private final Verifier verifier = how.newVerifier();
  private final List<String> userIds = Content.userIds(10);
  private byte[] payload;

  @Setup
  public void setUp() {
    int envelope = CoreRig.encode(codec, userIds, new byte[0]).length;
    payload = Content.json(bytes - envelope).getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  public byte[] encode() {
    return CoreRig.encode(codec, userIds, payload);
  }

  @Benchmark
  public byte[] encodeAndSign() {
    return codec.encode(Target.users(userIds), Map.of(), payload, signer);
  }

  /** A message is new once, so that each is signed first. */
  @Benchmark
  public byte[] encodeSignAndVerify() throws UnauthenticatedMessageException {
    byte[] message = encodeAndSign();
    verifier.verify("chat", message);
    return message;
  }
}
