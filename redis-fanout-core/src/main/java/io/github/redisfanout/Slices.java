package io.github.redisfanout;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The work of a lane that has begun and has slices left; confined to the lane's thread. */
final class Slices {
  private final ArrayDeque<LaneWork> begun = new ArrayDeque<>();

  boolean isEmpty() {
    return begun.isEmpty();
  }

  void add(LaneWork work) {
    begun.add(work);
  }

  /** The work whose turn it is; null if there is none. */
  @Nullable LaneWork next() {
    return begun.peek();
  }

  /** The turn of {@link #next} is over: it is done, or others come first. */
  void endTurn(boolean done) {
    LaneWork work = begun.remove();
    if (!done) {
      begun.add(work);
    }
  }

  /** A task that is run when all work added before it is done. */
  LaneWork last(Runnable task) {
    return new LaneWork() {
      @Override
      boolean run() {
        for (LaneWork work : begun) {
          if (work.number() < number()) {
            return false;
          }
        }
        task.run();
        return true;
      }
    };
  }
}
