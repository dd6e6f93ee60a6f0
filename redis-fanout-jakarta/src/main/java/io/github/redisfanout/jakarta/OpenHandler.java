package io.github.redisfanout.jakarta;

import io.github.redisfanout.FanoutSession;
import jakarta.websocket.Session;

/**
 * Takes the sessions that a {@link FanoutEndpoint} opens: lets them join groups, and sends their
 * clients what they need to know, such as {@link FanoutSession#id()}.
 */
@FunctionalInterface
public interface OpenHandler {

  /**
   * One session, which is registered and open; one that was refused never comes here. Called once,
   * before the first text of its client is handled, on a thread of the container, and at the same
   * time for different sessions, so an implementation must be thread-safe. What is published for
   * the user meanwhile may reach the client before what is sent here. When it is called with {@link
   * JakartaConfig.Builder#openWhenReady} stands there.
   *
   * @param socket what the client asked for: its path and query parameters, its subprotocol, its
   *     principal; write to it by the session only
   * @throws Exception which disconnects this session with 1011; catch what it should survive
   */
  void onOpen(FanoutSession session, Session socket) throws Exception;
}
