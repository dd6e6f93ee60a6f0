package io.github.redisfanout.it.checker;

import io.github.redisfanout.PublishException;
import java.util.concurrent.CancellationException;

/** How a publish ended, as its caller saw it. */
public enum Outcome {
  PUBLISHED,
  REJECTED,
  EXPIRED,
  UNKNOWN,
  CANCELLED;

  /**
   * That of a publish whose future completed with this failure; null for none.
   *
   * @throws IllegalArgumentException if a publish must not end so
   */
  public static Outcome of(Throwable failure) {
    if (failure == null) {
      return PUBLISHED;
    }
    if (failure instanceof CancellationException) {
      return CANCELLED;
    }
    if (failure instanceof PublishException e) {
      return valueOf(e.failure().name());
    }
    throw new IllegalArgumentException("not an outcome of a publish", failure);
  }

  boolean mayBeReceived() {
    return this == PUBLISHED || this == UNKNOWN;
  }
}
