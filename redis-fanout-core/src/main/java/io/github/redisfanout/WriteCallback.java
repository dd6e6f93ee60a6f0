package io.github.redisfanout;

/**
 * Takes the report of one write.
 *
 * <p>The first report counts, later ones are ignored. May be called on any thread, also before
 * {@link Transport#write} returns. Without a report the session ends by {@link
 * FanoutConfig.Builder#writeTimeout}.
 */
public interface WriteCallback {

  /** The message has been handed to the network. */
  void ok();

  /** The message could not be written; the session is closed. */
  void failed(Throwable cause);
}
