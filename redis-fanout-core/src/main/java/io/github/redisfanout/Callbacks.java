package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.CallbackThreads;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Where futures complete: the application's executor, or a small pool of ours. */
final class Callbacks {
  /** Callbacks that may block at the same time before they delay those of other publishes. */
  private static final int MAX_CALLBACK_THREADS = 256;

  final Executor executor;
  private final @Nullable CallbackThreads owned; // null when the executor was given

  Callbacks(@Nullable Executor given) {
    owned =
        given == null
            ? new CallbackThreads(MAX_CALLBACK_THREADS, Threads.daemons("callback"))
            : null;
    executor = given == null ? requireNonNull(owned) : given;
  }

  void close() {
    if (owned != null) {
      owned.close(Duration.ofSeconds(1));
    }
  }
}
