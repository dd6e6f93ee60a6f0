package io.github.redisfanout;

import java.time.Clock;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A lane without a thread: runs its tasks one after the other on the threads that bring them. */
final class CallerLaneThread extends LaneThread {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  CallerLaneThread() {
    super(0, 1, Clock.systemUTC(), new HighWater());
  }

  @Override
  void execute(Runnable task) {
    tasks.add(task);
    if (waiting.getAndIncrement() == 0) {
      do {
        tasks.remove().run();
      } while (waiting.decrementAndGet() > 0);
    }
  }
}
