package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.benchmarks.Content;
import java.util.List;
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
  private final Envelope envelope = rig.envelope(List.of("alice"), Content.json(450));

  /** A client whose writes end when {@link #complete} is called. */
  private static final class Client implements Transport {
    boolean inline;
    volatile @Nullable WriteDone inFlight; // null when none is, or it was inline

    @Override
    public void write(Payload payload, WriteDone done) {
      if (inline) {
        done.ok();
      } else {
        inFlight = done;
      }
    }

    void complete() {
      WriteDone done = requireNonNull(inFlight);
      inFlight = null;
      done.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  @Benchmark
  public void completedInline() {
    client.inline = true;
    rig.deliver(session, envelope);
  }

  @Benchmark
  public void completedLater() {
    client.inline = false;
    rig.deliver(session, envelope);
    client.complete();
  }

  /** Per message, of which all but the first wait; from each to the next it is the lane's turn. */
  @Benchmark
  @OperationsPerInvocation(1 + WAITING)
  public void completedLaterWhileOthersWait() {
    client.inline = false;
    for (int i = 0; i <= WAITING; i++) {
      rig.deliver(session, envelope);
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
