package io.github.redisfanout;

/**
 * SPI: writes to one client; an adapter implements it.
 *
 * <p>The node makes one call of {@link #write} at a time, and one of {@link #ping}; a write may
 * begin during a ping, and {@link #close} may come during either, so an implementation must be
 * thread-safe to that extent.
 *
 * <p>Implementations extend {@code TransportContract} of the testkit in their tests.
 */
public interface Transport {

  /**
   * Starts one write and returns without waiting for the client.
   *
   * <p>Called only when no other write of this transport is in flight, on a lane's thread, with no
   * lock held. A lane serves many sessions: blocking here delays them.
   *
   * @param callback to be called when the write has ended; the first report counts
   * @throws Exception if the write cannot be started; the same as {@link WriteCallback#failed}
   */
  void write(Payload payload, WriteCallback callback) throws Exception;

  /**
   * Asks the client for an answer, which the adapter reports by {@link FanoutSession#touch}.
   *
   * <p>Called on a thread of its own, only while no write is in flight, though one may begin
   * meanwhile; may block.
   *
   * @return false if this transport cannot ask, or its clients cannot answer; its sessions are then
   *     never silent. It may have written something all the same: so that the connection is kept
   *     open, and its end noticed
   * @throws Exception if it could not be asked now; that is logged at DEBUG and changes nothing
   */
  default boolean ping() throws Exception {
    return false;
  }

  /**
   * Closes the connection; called at most once, on a closing thread, and may block.
   *
   * <p>Not called when the session ended by {@link FanoutSession#clientLeft} or {@link
   * FanoutSession#clientLost}: then the client has gone already. May overlap a write that is stuck.
   * What it throws is counted and logged at DEBUG.
   *
   * @param force true: free the socket without the client's help, it does not answer
   */
  void close(Disconnect why, boolean force);
}
