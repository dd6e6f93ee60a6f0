package io.github.redisfanout;

import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.NotPermittedException;
import io.github.redisfanout.internal.Warnings;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Keeps this node in the directory while it receives. Thread-safe; never waits. */
final class Announcements {
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** Two announcements may fail before the node counts as lost. */
  private static final Duration TTL = INTERVAL.multipliedBy(3);

  private final Directory directory;
  private final String channel;
  private final String node;
  private final Warnings failures = new Warnings();
  private volatile boolean receiving;
  private volatile boolean announced;
  private volatile boolean closed;

  Announcements(Directory directory, String channel, String node) {
    this.directory = directory;
    this.channel = channel;
    this.node = node;
  }

  /**
   * Receiving has begun or ended. It is announced at once: Redis may be another one. Not before it
   * receives, as it could not answer.
   */
  void receiving(boolean now) {
    boolean before = receiving;
    receiving = now;
    if (now && !before) {
      repeat();
    }
  }

  /** Called by a timer. */
  void repeat() {
    if (!receiving || closed) {
      return;
    }
    announced = true;
    guarded(() -> directory.announce(channel, node, TTL));
    if (closed) { // meanwhile, and perhaps before the above
      withdraw();
    }
  }

  /** The node ends, and is not missing from now on. */
  void close() {
    closed = true;
    if (announced) {
      withdraw();
    }
  }

  private void withdraw() {
    guarded(() -> directory.withdraw(channel, node));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what fails is logged
  private void guarded(Supplier<CompletionStage<Void>> call) {
    try {
      call.get().whenComplete((nothing, failure) -> failed(failure));
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void failed(@Nullable Throwable failure) {
    // What is not permitted stands in the health's notes.
    if (failure != null && !closed && !(failure instanceof NotPermittedException)) {
      failures.warn("Node {} could not be announced: {}", node, failure.getMessage());
    }
  }
}
