package io.github.redisfanout.internal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one category of all logs, so that users configure it in one line. */
public final class Log {
  public static final String CATEGORY = "io.github.redisfanout";
  public static final Logger log = LoggerFactory.getLogger(CATEGORY);

  private Log() {}
}
