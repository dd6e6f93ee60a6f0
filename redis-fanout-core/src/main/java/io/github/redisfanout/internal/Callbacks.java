package io.github.redisfanout.internal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Completes futures that code of the application depends on. */
public final class Callbacks {
  private Callbacks() {}

  /** Completes on the executor; if it refuses, on the JDK's common pool. Throws nothing. */
  public static void run(Executor executor, Runnable completion) {
    try {
      executor.execute(completion);
    } catch (Throwable shutDownFullOrBroken) {
      // The future must complete, and its dependents must not block a thread of ours.
      try {
        new CompletableFuture<>().defaultExecutor().execute(completion);
      } catch (Throwable noThread) {
        completion.run();
      }
    }
  }
}
