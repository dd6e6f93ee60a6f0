package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.benchmarks.Content;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What one session takes for one message: queue it, write it, report the end of the write. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SessionQueueBenchmark {
  private static final int WAITING = 15;

  private final CoreRig rig = new CoreRig(1);
  private final Client client = new Client();
  private final FanoutSession session = rig.open("alice", client);
  private final TextPayload payload = new TextPayload(Content.json(450), 450);

  /** A client whose writes end when {@link #complete} is called. */
  private static final class Client implements Transport {
    boolean inline;
    volatile @Nullable WriteCallback inFlight; // null when none is, or it was inline

    @Override
    public void write(Payload payload, WriteCallback callback) {
      if (inline) {
        callback.ok();
      } else {
        inFlight = callback;
      }
    }

    void complete() {
      WriteCallback callback = requireNonNull(inFlight);
      inFlight = null;
      callback.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  @Benchmark
  public void completedInline() {
    client.inline = true;
    rig.deliver(session, payload);
  }

  @Benchmark
  public void completedLater() {
    client.inline = false;
    rig.deliver(session, payload);
    client.complete();
  }

  /** Per message, of which all but the first wait; from each to the next it is the lane's turn. */
  @Benchmark
  @OperationsPerInvocation(1 + WAITING)
  public void completedLaterWhileOthersWait() {
    client.inline = false;
    for (int i = 0; i <= WAITING; i++) {
      rig.deliver(session, payload);
    }
    for (int i = 0; i <= WAITING; i++) {
      while (client.inFlight == null) {
        Thread.onSpinWait();
      }
      client.complete();
    }
  }

  @TearDown
  public void tearDown() {
    rig.close();
  }
}
