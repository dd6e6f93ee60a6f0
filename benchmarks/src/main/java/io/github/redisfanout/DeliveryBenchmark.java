package io.github.redisfanout;

import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.CountingTransport;
import io.github.redisfanout.internal.wire.Envelope;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a decoded message takes from the reading thread until all its sessions have written it.
 *
 * <p>One lane: with the thread that hands over that makes two, as many as small machines have
 * processors.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // by setUp
public class DeliveryBenchmark {
  private static final int USERS = 1_000;
  private static final int STREAM = 64;

  @Param({"1", "10", "100"})
  public int recipients;

  private final CoreRig rig = new CoreRig(1);
  private final CountingTransport transport = new CountingTransport();
  private Envelope envelope;
  private long written;

  @Setup
  public void setUp() {
    List<String> userIds = Content.userIds(USERS);
    userIds.forEach(userId -> rig.open(userId, transport));
    envelope = rig.envelope(userIds.subList(0, recipients), Content.json(450));
  }

  /** Includes waking the lane, if it sleeps already. */
  @Benchmark
  public void oneAtATime() {
    rig.handOver(envelope);
    awaitWritten(1);
  }

  /** Per message, when others follow at once. */
  @Benchmark
  @OperationsPerInvocation(STREAM)
  public void stream() {
    for (int i = 0; i < STREAM; i++) {
      rig.handOver(envelope);
    }
    awaitWritten(STREAM);
  }

  private void awaitWritten(int messages) {
    written += (long) messages * recipients;
    CoreRig.spinUntilWritten(transport, written);
  }

  @TearDown
  public void tearDown() {
    rig.close();
  }
}
