package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A transport for connections whose writes block: runs each on an executor. Thread-safe.
 *
 * <pre>{@code
 * Executor writers = Executors.newCachedThreadPool(); // or virtual threads
 * fanout.open(userId, new BlockingTransport(connection, writers));
 * }</pre>
 *
 * <p>Each write holds one thread until it has ended; a client that does not read holds one until
 * the {@linkplain FanoutConfig.Builder#writeTimeout write timeout}. If such clients hold all
 * threads, the others wait. If the executor rejects a write, the write has failed. The executor
 * must not run tasks on the calling thread, or it blocks the delivering thread. It is never closed
 * here.
 */
public final class BlockingTransport implements Transport {

  /** A connection to one client, whose calls may wait for the client. */
  public interface Connection {

    /**
     * Writes one message, and returns when the network has it.
     *
     * <p>Called one at a time, on a thread of the executor, which is interrupted after {@link
     * #close} with {@code force}.
     *
     * @throws Exception if it could not be written: the session is closed
     */
    void write(Payload payload) throws Exception;

    /**
     * Pings the client, see {@link Transport#ping}; perhaps during a write.
     *
     * @throws Exception if it could not ping now
     */
    default boolean ping() throws Exception {
      return false;
    }

    /**
     * Closes the connection, see {@link Transport#close}. With {@code force} it must not wait for a
     * write, which may be stuck; closing the socket ends it.
     */
    void close(Disconnect why, boolean force);
  }

  private final Connection connection;
  private final Executor writers;
  private final Object writing = new Object();

  /** The thread inside of a write; null outside. Guarded by {@link #writing}. */
  private @Nullable Thread writer;

  /**
   * Makes the transport of one connection.
   *
   * @param writers runs the writes, on threads other than the caller's
   */
  public BlockingTransport(Connection connection, Executor writers) {
    this.connection = requireNonNull(connection, "connection == null");
    this.writers = requireNonNull(writers, "writers == null");
  }

  @Override
  public void write(Payload payload, WriteCallback callback) {
    writers.execute(() -> writeNow(payload, callback));
  }

  private void writeNow(Payload payload, WriteCallback callback) {
    try {
      writer(Thread.currentThread());
      try {
        connection.write(payload);
      } finally {
        writer(null);
      }
    } catch (Throwable e) {
      callback.failed(e);
      return;
    }
    callback.ok();
  }

  /** From now on this thread may be interrupted; null: no thread any more. */
  private void writer(@Nullable Thread thread) {
    synchronized (writing) {
      writer = thread;
    }
    if (thread == null) {
      // Meant for the write, not for what the executor's thread does next.
      Thread.interrupted();
    }
  }

  @Override
  public boolean ping() throws Exception {
    return connection.ping();
  }

  @Override
  public void close(Disconnect why, boolean force) {
    try {
      connection.close(why, force);
    } finally {
      if (force) {
        interruptWriter();
      }
    }
  }

  private void interruptWriter() {
    synchronized (writing) {
      if (writer != null) {
        writer.interrupt();
      }
    }
  }

  /** Names the class of the connection. */
  @Override
  public String toString() {
    return "BlockingTransport(" + connection.getClass().getName() + ")";
  }
}
