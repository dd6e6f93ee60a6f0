package io.github.redisfanout.jakarta;

import io.github.redisfanout.FanoutSession;

/** Takes the text messages that clients send to a {@link FanoutEndpoint}. */
@FunctionalInterface
public interface TextHandler {

  /**
   * One message. Called on a thread of the container, one after the other for one session and at
   * the same time for different ones, so an implementation must be thread-safe.
   *
   * @throws Exception which disconnects this session with 1011; catch what a client should survive
   */
  void onText(FanoutSession session, String text) throws Exception;
}
