package io.github.redisfanout.testkit;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for conditions of servers. Stateless. */
final class Waiting {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Waiting() {}

  /**
   * Waits until the condition holds; one that throws does not hold.
   *
   * @throws IllegalStateException if it does not hold within 30 s; the message names it
   */
  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() - deadline >= 0) {
        throw new IllegalStateException("not within " + LIMIT.toSeconds() + " s: " + what);
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting: " + what, e);
      }
    }
  }

  private static boolean holds(BooleanSupplier condition) {
    try {
      return condition.getAsBoolean();
    } catch (IllegalStateException | UncheckedIOException e) {
      return false; // a server that refuses, or is away
    }
  }
}
