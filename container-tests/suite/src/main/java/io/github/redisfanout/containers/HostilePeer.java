package io.github.redisfanout.containers;

import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.testkit.FaultProxy;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;

/**
 * A WebSocket client written by hand that does nothing by itself: it reads nothing, answers no ping
 * and no close, and breaks every rule that a test makes it break.
 */
public final class HostilePeer implements AutoCloseable {
  /** What {@link #closeCode} says of a connection that has ended without a close frame. */
  public static final int GONE = 1006;

  private static final int LIMIT_MILLIS = 10_000;
  private static final int RECEIVE_BYTES = 4096; // so that the server soon cannot write any more
  private static final int CHUNK = 64 << 10;
  private static final byte[] PAYLOAD = payload();

  private final Socket socket = new Socket();
  private final int serverPort;
  private int portSeen; // by the server

  private HostilePeer(int serverPort, int port) throws IOException {
    this.serverPort = serverPort;
    socket.setReceiveBufferSize(RECEIVE_BYTES);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
    portSeen = socket.getLocalPort();
  }

  private static byte[] payload() {
    byte[] text = new byte[CHUNK];
    Arrays.fill(text, (byte) 'x');
    return Frames.masked(text);
  }

  /** Connects as a user and waits until the node has registered the session. */
  public static HostilePeer connect(Node node, String user) throws IOException {
    return register(new HostilePeer(node.port(), node.port()), node, user);
  }

  /** The same through a proxy, which can make it vanish. */
  public static HostilePeer connect(Node node, String user, FaultProxy proxy) throws IOException {
    Set<Integer> others = Sockets.peers(node.port());
    HostilePeer peer = register(new HostilePeer(node.port(), proxy.port()), node, user);
    Set<Integer> peers = Sockets.peers(node.port());
    peers.removeAll(others);
    peer.portSeen = peers.iterator().next(); // the proxy's
    return peer;
  }

  /** Makes a TCP connection and says nothing. */
  public static HostilePeer dial(Node node) throws IOException {
    return new HostilePeer(node.port(), node.port());
  }

  private static HostilePeer register(HostilePeer peer, Node node, String user) throws IOException {
    // Not by their number: an earlier session of the user may be leaving meanwhile.
    Set<FanoutSession> before = Set.copyOf(node.sessions(user));
    peer.write(Frames.handshake(node.port(), "?user=" + user));
    peer.awaitAnswer();
    await()
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofMillis(LIMIT_MILLIS))
        .until(() -> !before.containsAll(node.sessions(user)));
    return peer;
  }

  /** Reads the answer to the handshake, up to its end and not further. */
  void awaitAnswer() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = socket.getInputStream().read();
      if (b < 0) {
        throw new IOException("the server hung up during the handshake: " + head);
      }
      head.append((char) b);
    }
    if (head.indexOf(" 101 ") < 0) {
      throw new IOException("the server refused the handshake: " + head);
    }
  }

  /** Whether the server still holds its end of the connection. */
  public boolean isHeld() {
    return Sockets.isHeld(serverPort, portSeen);
  }

  // ---- sending

  public void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Closes the WebSocket, and keeps the connection. */
  public void sendClose(int code) throws IOException {
    write(Frames.close(code));
  }

  /** Sends a ping, whose answer it does not read. */
  public void sendPing() throws IOException {
    write(Frames.frame(Frames.LAST | Frames.PING, new byte[0]));
  }

  /** The head of a text frame of this length, the only one of its message. */
  public void beginText(long length) throws IOException {
    write(Frames.header(Frames.LAST | Frames.TEXT, length));
  }

  /** So many bytes of the payload of the frame that was begun, at least a few. */
  public void payload(long bytes) throws IOException {
    for (long left = bytes; left > 0; left -= CHUNK) {
      socket.getOutputStream().write(PAYLOAD, 0, (int) Math.min(CHUNK, left));
    }
  }

  /** The next frame of a text message that never ends. */
  public void fragment(boolean first, int bytes) throws IOException {
    write(Frames.header(first ? Frames.TEXT : Frames.CONTINUATION, bytes));
    payload(bytes);
  }

  /** The same text again and again, as fast as the connection takes it. */
  public void sendMany(int frames, String text) throws IOException {
    byte[] frame = Frames.frame(Frames.LAST | Frames.TEXT, text.getBytes(StandardCharsets.UTF_8));
    int perWrite = Math.max(1, CHUNK / frame.length);
    byte[] many = new byte[perWrite * frame.length];
    for (int i = 0; i < many.length; i++) {
      many[i] = frame[i % frame.length];
    }
    for (int left = frames; left > 0; left -= perWrite) {
      socket.getOutputStream().write(many, 0, Math.min(perWrite, left) * frame.length);
    }
  }

  // ---- reading

  /** Reads a single byte; false if the connection has ended. */
  public boolean readByte() {
    try {
      return socket.getInputStream().read() >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Reads until the server's close frame, which it does not answer, or the end: {@link #GONE}. */
  public int closeCode() throws SocketTimeoutException {
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        int opcode = in.readUnsignedByte() & 0xf;
        long length = in.readUnsignedByte();
        if (length == 126) {
          length = in.readUnsignedShort();
        } else if (length == 127) {
          length = in.readLong();
        }
        if (opcode == Frames.CLOSE) {
          return in.readUnsignedShort();
        }
        in.skipNBytes(length);
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return GONE;
    }
  }

  // ---- ending

  /** Ends the connection so that the server gets a reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Says that nothing more will be sent, and keeps listening. */
  public void halfClose() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection without a close frame. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
