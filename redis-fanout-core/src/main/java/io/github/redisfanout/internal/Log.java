package io.github.redisfanout.internal;

/** The one category that everything is logged to, so that one line configures it. */
public final class Log {
  public static final String CATEGORY = "io.github.redisfanout";

  private Log() {}
}
