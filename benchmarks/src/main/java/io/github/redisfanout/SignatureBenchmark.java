package io.github.redisfanout;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
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
  private final Signer signer =
      new Signer(new Signature("chat", how.keys()), Clock.systemUTC(), new byte[16], 1);
  private final Verifier verifier = new Verifier(how, "chat", Clock.systemUTC());
  private byte[] message;

  @Setup
  public void setUp() {
    message = new byte[bytes];
  }

  @Benchmark
  public byte[] sign() {
    signer.sign(message);
    return message;
  }

  /** A message is new once, so that each is signed first. */
  @Benchmark
  public byte[] signAndVerify() throws UnauthenticatedMessageException {
    signer.sign(message);
    verifier.verify(message);
    return message;
  }
}
