package io.github.redisfanout;

/** It cannot be logged: its message throws. */
final class Unspeakable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  @Override
  public String getMessage() {
    throw new IllegalStateException("by the test");
  }
}
