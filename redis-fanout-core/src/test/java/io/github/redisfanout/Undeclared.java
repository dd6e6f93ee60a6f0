package io.github.redisfanout;

/** Throws what a method does not declare, as code in other languages may. */
final class Undeclared {
  private Undeclared() {}

  static void sneak(Throwable thrown) {
    Undeclared.<RuntimeException>sneakAs(thrown);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneakAs(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
