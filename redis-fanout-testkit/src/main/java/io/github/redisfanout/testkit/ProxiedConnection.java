package io.github.redisfanout.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.testkit.FlowGate.Permit;
import io.github.redisfanout.testkit.FlowGate.Way;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One client of a {@link FaultProxy}, its connection to the server, and the two threads between.
 *
 * <p>Each thread reads, asks the proxy for leave, and writes with blocking calls, so a receiver
 * that does not read stops the reading, too. Thread-safe.
 */
final class ProxiedConnection {
  private static final int CHUNK_BYTES = 16 * 1024;
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  private final SocketChannel client;
  private final InetSocketAddress target;
  private final String name;
  private final FlowGate gate;
  private final Runnable cut;
  private final AtomicInteger flowing = new AtomicInteger(2); // ways that have not ended

  @GuardedBy("this")
  private @Nullable SocketChannel server; // null until the first thread connects it

  @GuardedBy("this")
  private boolean reset;

  /**
   * Stores what it is given; the gate must know the connection before it is started.
   *
   * @param cut called after the last byte that the gate lets pass before a cut
   */
  ProxiedConnection(
      SocketChannel client, InetSocketAddress target, String name, FlowGate gate, Runnable cut) {
    this.client = client;
    this.target = target;
    this.name = name;
    this.gate = gate;
    this.cut = cut;
  }

  /** Connects to the server and forwards, in two threads. */
  void start() {
    startThread("client-to-server", this::connectAndForward);
  }

  private void startThread(String role, Runnable task) {
    Thread thread = new Thread(task, name + "-" + role);
    thread.setDaemon(true);
    thread.start();
  }

  private void connectAndForward() {
    try {
      SocketChannel connected = openServer();
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      connected.socket().connect(target, CONNECT_TIMEOUT_MILLIS);
      startThread("server-to-client", () -> forward(Way.SERVER_TO_CLIENT, connected, client));
      forward(Way.CLIENT_TO_SERVER, client, connected);
    } catch (IOException | RuntimeException e) {
      drop();
    }
  }

  private synchronized SocketChannel openServer() throws IOException {
    if (reset) {
      throw new ClosedChannelException();
    }
    SocketChannel opened = SocketChannel.open();
    server = opened;
    opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
    opened.setOption(StandardSocketOptions.SO_RCVBUF, Listener.BUFFER_BYTES);
    return opened;
  }

  private void forward(Way way, SocketChannel from, SocketChannel to) {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
      while (forwardOnce(way, from, to, buffer)) {}
    } catch (IOException | RuntimeException e) {
      drop();
    }
  }

  private boolean forwardOnce(Way way, SocketChannel from, SocketChannel to, ByteBuffer buffer)
      throws IOException {
    if (gate.permit(this, way, 0) == null) {
      return false;
    }
    buffer.clear();
    int read = from.read(buffer);
    // Asked again, as a stall may have begun while this thread waited for the bytes.
    Permit permit = gate.permit(this, way, Math.max(0, read));
    if (permit == null) {
      return false;
    }
    if (read < 0) {
      endOf(to);
      return false;
    }
    buffer.flip().limit(permit.bytes());
    while (buffer.hasRemaining()) {
      to.write(buffer);
    }
    if (permit.thenCut()) {
      cut.run();
    }
    return !permit.thenCut();
  }

  private void endOf(SocketChannel to) throws IOException {
    to.shutdownOutput();
    if (flowing.decrementAndGet() == 0) {
      gate.remove(this);
      close();
    }
  }

  private void drop() {
    gate.remove(this);
    reset();
  }

  /** Resets both sides: their peers see a reset, not an end. */
  void reset() {
    synchronized (this) {
      reset = true;
    }
    lingerZero(client);
    SocketChannel opened = server();
    if (opened != null) {
      lingerZero(opened);
    }
    close();
  }

  private void close() {
    closeQuietly(client);
    SocketChannel opened = server();
    if (opened != null) {
      closeQuietly(opened);
    }
  }

  private synchronized @Nullable SocketChannel server() {
    return server;
  }

  private static void lingerZero(SocketChannel channel) {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // It is closed already.
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
  }
}
