package io.github.redisfanout;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether all that a session's queue answers has one order, whatever threads send and report. */
@Tag("full")
class SessionLincheckTest {

  @ParameterizedTest
  @ValueSource(classes = {Disconnecting.class, DroppingOldest.class, DroppingNewest.class})
  void queueIsLinearizable(Class<?> policy) {
    new StressOptions()
        .iterations(20)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(4)
        .actorsBefore(3)
        .actorsAfter(4)
        .sequentialSpecification(
            policy == Disconnecting.class
                ? SessionModel.Disconnecting.class
                : policy == DroppingOldest.class
                    ? SessionModel.DroppingOldest.class
                    : SessionModel.DroppingNewest.class)
        .check(policy);
  }

  /** A slow client is disconnected. */
  public static class Disconnecting extends Queue {
    public Disconnecting() {
      super(OverflowPolicy.DISCONNECT);
    }
  }

  /** What waited longest is dropped. */
  public static class DroppingOldest extends Queue {
    public DroppingOldest() {
      super(OverflowPolicy.DROP_OLDEST);
    }
  }

  /** What comes is dropped. */
  public static class DroppingNewest extends Queue {
    public DroppingNewest() {
      super(OverflowPolicy.DROP_NEWEST);
    }
  }

  /** Sends, and the reports of a transport; a message is a number and its length its digits. */
  @Param(name = "message", gen = IntGen.class, conf = "1:9")
  public abstract static class Queue {
    private final SessionOnCallingThreads rig;

    Queue(OverflowPolicy policy) {
      rig = new SessionOnCallingThreads(policy);
    }

    @Operation
    public boolean send(@Param(name = "message") int message) {
      return rig.send(SessionModel.text(message));
    }

    @Operation
    public int complete() {
      return rig.report(true);
    }

    @Operation
    public int fail() {
      return rig.report(false);
    }

    @Operation
    public void disconnect() {
      rig.session.disconnect(Disconnect.GOING_AWAY);
    }

    @Operation
    public boolean isOpen() {
      return rig.session.isOpen();
    }

    @Validate
    public void countersAddUpInTheEnd() {
      rig.checkCounters();
    }
  }
}
