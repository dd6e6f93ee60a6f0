package io.github.redisfanout;

/**
 * SPI: writes to one client; an adapter implements it.
 *
 * <p>The node calls {@link #write} one at a time, and {@link #ping} too; a write may begin during a
 * ping, and {@link #close} may come during both. Test an implementation with {@code
 * TransportContract} of the testkit.
 */
public interface Transport {

  /**
   * Starts one write and returns without waiting for the client.
   *
   * <p>Called only when no other write is in flight, on a delivering thread, without locks.
   * Blocking delays the other sessions of that thread: use {@link BlockingTransport} if a write has
   * to wait.
   *
   * @param callback to be called when the write has ended; the first report counts
   * @throws Exception if the write cannot start; the same as {@link WriteCallback#failed}
   */
  void write(Payload payload, WriteCallback callback) throws Exception;

  /**
   * Pings the client; the adapter reports its answer by {@link FanoutSession#touch}.
   *
   * <p>Called on a pinging thread while no write is in flight, though one may begin; may block.
   *
   * @return false if clients cannot answer, so that their sessions are never silent; it may write
   *     something all the same, to keep the connection open
   * @throws Exception if it could not ping now; counted, and logged at WARN at most once in 10 s
   */
  default boolean ping() throws Exception {
    return false;
  }

  /**
   * Closes the connection; called at most once, on a closing thread; may block.
   *
   * <p>Not called after {@link FanoutSession#clientLeft} or {@link FanoutSession#clientLost} ended
   * the session. The node calls it after the write in flight has ended, so that the client gets its
   * message before the close; with {@code force}, and while the node closes, also during a write.
   * What it throws is counted, and logged at WARN at most once in 10 s.
   *
   * @param force whether to close without a handshake, because the client does not answer
   */
  void close(Disconnect why, boolean force);

  /**
   * Whether the connection is still open after its session has ended. Default: false.
   *
   * <p>Called only after the session has ended, by either side: about once a second until it is
   * false, and for {@link FanoutCounters#closing}. On any thread; must not block. An adapter that
   * cannot know does not override it.
   */
  default boolean isClosing() {
    return false;
  }
}
