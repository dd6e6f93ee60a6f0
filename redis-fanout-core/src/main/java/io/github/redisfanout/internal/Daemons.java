package io.github.redisfanout.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ThreadFactory;

/**
 * Makes daemon threads of one name, and waits for their end: a pool has ended a little before its
 * threads have, and containers warn of each thread that is alive when an application has stopped.
 * Thread-safe.
 */
final class Daemons implements ThreadFactory {
  private final String name;

  // Weak, as only threads that run are of interest.
  @GuardedBy("this")
  private final Set<Thread> threads = Collections.newSetFromMap(new WeakHashMap<>());

  Daemons(String name) {
    this.name = name;
  }

  @Override
  public synchronized Thread newThread(Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    threads.add(thread);
    return thread;
  }

  private synchronized List<Thread> all() {
    return List.copyOf(threads);
  }

  /** Waits for the threads' end, but not for the caller's own. */
  void join(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    for (Thread thread : all()) {
      Threads.join(thread, Duration.ofNanos(deadline - System.nanoTime()));
    }
  }
}
