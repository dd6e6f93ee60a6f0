package io.github.redisfanout.testkit;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.testkit.FlowGate.Way;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on loopback that breaks the network between a client and a server.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.to(redis.port())) {
 *   // connect the client to 127.0.0.1, proxy.port()
 *   proxy.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
 *   proxy.resume();
 *   proxy.cut();
 * }
 * }</pre>
 *
 * <p>It forwards bytes, never messages, and knows no protocol. For each connection of a client it
 * opens one to the server. The end of one direction is forwarded and leaves the other direction
 * open; a reset on either side resets the other. If the server cannot be reached, the client's
 * connection is reset. A side that does not read makes the other side wait, after a few hundred
 * kilobytes or whatever the peers' own socket buffers hold.
 *
 * <p>Faults are independent of each other: a stall outlives a cut, and connections made later are
 * stalled, too.
 *
 * <p>Thread-safe; no method waits for a peer. The code that opens it closes it. Its threads are
 * daemons whose names begin with {@code fault-proxy-}.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int BIND_ATTEMPTS = 20;

  /** The ways that bytes can take. */
  public enum Direction {
    /** What the client sends. */
    CLIENT_TO_SERVER,
    /** What the server sends. */
    SERVER_TO_CLIENT,
    /** Both of them. */
    BOTH;

    private Set<Way> ways() {
      return switch (this) {
        case CLIENT_TO_SERVER -> EnumSet.of(Way.CLIENT_TO_SERVER);
        case SERVER_TO_CLIENT -> EnumSet.of(Way.SERVER_TO_CLIENT);
        case BOTH -> EnumSet.allOf(Way.class);
      };
    }
  }

  private final InetAddress host;
  private final int port;
  private final FlowGate gate = new FlowGate();

  // Held while clients are taken over from the listener, so that nothing misses one in between.
  private final Object lock = new Object();

  @GuardedBy("lock")
  private int target;

  @GuardedBy("lock")
  private @Nullable Listener listener; // null while connects are refused

  @GuardedBy("lock")
  private long accepted;

  @GuardedBy("lock")
  private boolean closed;

  private FaultProxy(InetAddress host, int target, Listener listener) {
    this.host = host;
    this.target = target;
    this.port = listener.port();
    this.listener = listener;
  }

  /**
   * Opens a proxy to a server on 127.0.0.1.
   *
   * @throws IllegalArgumentException if the port is not one
   * @throws UncheckedIOException if it cannot listen
   */
  public static FaultProxy to(int port) {
    return to(LoopbackPorts.loopback(), port);
  }

  /**
   * Opens a proxy to a server; nothing is sent to it before a client connects.
   *
   * @throws IllegalArgumentException if the host is unknown or the port is not one
   * @throws UncheckedIOException if it cannot listen
   */
  public static FaultProxy to(String host, int port) {
    try {
      return to(InetAddress.getByName(requireNonNull(host, "host == null")), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host is unknown: " + host, e);
    }
  }

  private static FaultProxy to(InetAddress host, int port) {
    requirePort(port);
    Listener listener = listenAnywhere();
    FaultProxy proxy = new FaultProxy(host, port, listener);
    proxy.startAccepting(listener);
    return proxy;
  }

  private static Listener listenAnywhere() {
    for (int attempt = 1; ; attempt++) {
      int candidate = LoopbackPorts.free();
      try {
        return Listener.on(candidate);
      } catch (BindException e) {
        if (attempt == BIND_ATTEMPTS) {
          throw new UncheckedIOException("cannot listen on port " + candidate, e);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot listen on port " + candidate, e);
      }
    }
  }

  private static void requirePort(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port must be between 1 and 65535: " + port);
    }
  }

  /** Returns the port on 127.0.0.1 that clients connect to; it stays the same for life. */
  public int port() {
    return port;
  }

  /** Returns how many connections of clients are open; those of a refusing proxy are none. */
  public int connections() {
    acceptWaiting();
    return gate.connections();
  }

  /**
   * Resets every connection that is open now, on both sides; new ones are accepted as before.
   *
   * <p>Bytes on their way are lost. Peers may learn of it a moment after it returned.
   */
  public void cut() {
    synchronized (lock) {
      takeWaiting();
    }
    gate.removeAll().forEach(ProxiedConnection::reset);
  }

  /**
   * Resets all connections once some more bytes were forwarded, mostly in the middle of a message.
   *
   * <p>It counts from now on, over all connections together, happens once, and replaces an earlier
   * call for that direction. The reset may overtake the last bytes on their way to the receiver.
   *
   * @param direction one of the two ways, not {@link Direction#BOTH}
   * @param bytes how many bytes are still forwarded, at least 1
   * @throws IllegalArgumentException if one of them is not as described
   */
  public void cutAfter(Direction direction, long bytes) {
    if (requireNonNull(direction, "direction == null") == Direction.BOTH) {
      throw new IllegalArgumentException("direction must be one way: BOTH");
    }
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes must be at least 1: " + bytes);
    }
    direction.ways().forEach(way -> gate.cutAfter(way, bytes));
  }

  /**
   * Refuses connections from now on and resets the open ones.
   *
   * <p>When it returns, nobody listens on the port. Does nothing if it refuses already.
   */
  public void refuse() {
    synchronized (lock) {
      Listener current = listener;
      listener = null;
      if (current != null) {
        current.close();
      }
    }
    cut();
  }

  /**
   * Accepts connections again, on the same port; does nothing if it accepts them already.
   *
   * @throws IllegalStateException if it is closed
   * @throws UncheckedIOException if someone else took the port
   */
  public void accept() {
    try {
      synchronized (lock) {
        if (closed) {
          throw new IllegalStateException(
              "cannot accept on port " + port + ": the proxy is closed");
        }
        if (listener == null) {
          listener = Listener.on(port);
          startAccepting(listener);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on port " + port, e);
    }
  }

  /**
   * Stops forwarding in a direction and closes nothing; later connections are stalled, too.
   *
   * <p>What is sent after it returned waits: a few kilobytes in the proxy, then in the socket
   * buffers, then the sender is held up. What was sent before may still arrive. The end of a
   * connection is not noticed in a stalled direction: it is forwarded after {@link #resume()}, and
   * until then the connection counts as open. Stalls add up.
   */
  public void stall(Direction direction) {
    gate.stall(requireNonNull(direction, "direction == null").ways());
  }

  /** Ends all stalls; what waited is forwarded in order. Does nothing if there is none. */
  public void resume() {
    gate.resume();
  }

  /**
   * Sends connections that are made from now on to another port of the same host.
   *
   * <p>Existing ones stay where they are.
   *
   * @throws IllegalArgumentException if the port is not one
   */
  public void redirect(int port) {
    requirePort(port);
    List<ProxiedConnection> earlier;
    synchronized (lock) {
      earlier = takeWaiting();
      target = port;
    }
    earlier.forEach(ProxiedConnection::start);
  }

  /** Stops listening and resets all connections; further calls do nothing. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
    }
    refuse();
  }

  private void startAccepting(Listener on) {
    Thread thread = new Thread(() -> acceptFrom(on), "fault-proxy-" + port + "-accept");
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptFrom(Listener on) {
    while (on.awaitClient()) {
      acceptWaiting();
    }
  }

  private void acceptWaiting() {
    List<ProxiedConnection> connections;
    synchronized (lock) {
      connections = takeWaiting();
    }
    connections.forEach(ProxiedConnection::start);
  }

  /** Takes over the clients that wait: as far as they know, they are connected already. */
  @GuardedBy("lock")
  private List<ProxiedConnection> takeWaiting() {
    List<ProxiedConnection> taken = new ArrayList<>();
    if (listener != null) {
      for (SocketChannel client : listener.acceptAll()) {
        String name = "fault-proxy-" + port + "-" + ++accepted;
        taken.add(
            new ProxiedConnection(
                client, new InetSocketAddress(host, target), name, gate, this::cut));
      }
    }
    gate.addAll(taken);
    return taken;
  }
}
