package io.github.redisfanout.containers;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks the protocol by hand and does only what it is told: it reads when asked to,
 * answers no ping, and sends frames of any size. One thread may read while another one sends.
 */
public final class RawClient implements AutoCloseable {
  /** What {@link #awaitClosed} says of a connection that ended without a close. */
  public static final String LOST = "connection lost";

  private static final int LIMIT_MILLIS = 10_000;

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final List<String> texts = new ArrayList<>();
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private final int status;
  private int pings;

  private RawClient(int port, String query, String... headers) throws IOException {
    // Small, so that a server notices soon that nobody reads.
    socket.setReceiveBufferSize(4096);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
    in = new DataInputStream(socket.getInputStream());
    write(Frames.handshake(port, query, headers));
    status = Integer.parseInt(readHead().substring("HTTP/1.1 ".length()).substring(0, 3));
  }

  private String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return head.toString();
  }

  /**
   * Connects, and reads no further than the head of the answer.
   *
   * @param headers each {@code Name: value}
   */
  public static RawClient handshake(int port, String query, String... headers) throws IOException {
    return new RawClient(port, query, headers);
  }

  /** What the handshake was answered: 101 if it was accepted. */
  public int status() {
    return status;
  }

  /** Connects as a user and waits until the node has registered the session. */
  public static RawClient connect(Node node, String user) throws IOException {
    RawClient client = new RawClient(node.port(), "?user=" + user);
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> !node.sessions(user).isEmpty());
    return client;
  }

  /** Sends a text as one frame. */
  public void send(String text) throws IOException {
    write(true, Frames.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a text as frames of so many bytes, which may end within a character. */
  public void sendFragments(String text, int bytes) throws IOException {
    sendFragments(text, bytes, true);
  }

  /** Begins a text, as frames of so many bytes, and does not end it. */
  public void sendUnended(String text, int bytes) throws IOException {
    sendFragments(text, bytes, false);
  }

  private void sendFragments(String text, int bytes, boolean ends) throws IOException {
    ByteBuffer all = StandardCharsets.UTF_8.encode(text);
    int opcode = Frames.TEXT;
    while (all.hasRemaining()) {
      byte[] part = new byte[Math.min(bytes, all.remaining())];
      all.get(part);
      write(ends && !all.hasRemaining(), opcode, part);
      opcode = Frames.CONTINUATION;
    }
  }

  /** Sends a binary message of so many bytes as one frame. */
  public void sendBinary(int bytes) throws IOException {
    write(true, Frames.BINARY, new byte[bytes]);
  }

  /** Sends a close, or the answer to one. */
  public void sendClose(int code) throws IOException {
    write(true, Frames.CLOSE, ByteBuffer.allocate(2).putShort((short) code).array());
  }

  private synchronized void write(boolean last, int opcode, byte[] payload) throws IOException {
    write(Frames.frame((last ? Frames.LAST : 0) | opcode, payload));
  }

  private void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Reads up to the close: code and reason, such as {@code 1001 bye}; or {@link #LOST}. */
  public String awaitClosed() {
    try {
      while (true) {
        String closed = readFrame();
        if (closed != null) {
          return closed;
        }
      }
    } catch (IOException e) {
      return LOST;
    }
  }

  /** Null if it was not a close. */
  private @Nullable String readFrame() throws IOException {
    int first = in.readUnsignedByte();
    long length = in.readUnsignedByte();
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    byte[] payload = in.readNBytes(Math.toIntExact(length));
    switch (first & 0xF) {
      case Frames.CLOSE -> {
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        int code = bytes.hasRemaining() ? bytes.getShort() : 1005;
        return code + " " + StandardCharsets.UTF_8.decode(bytes);
      }
      case Frames.PING -> pings++;
      case Frames.TEXT, Frames.CONTINUATION -> {
        partial.writeBytes(payload);
        if ((first & Frames.LAST) != 0) {
          texts.add(partial.toString(StandardCharsets.UTF_8));
          partial.reset();
        }
      }
      default -> throw new IOException("an unexpected frame: " + first);
    }
    return null;
  }

  /** True if the server ends the connection in time; what it still sends is thrown away. */
  public boolean awaitEnd(Duration max) throws IOException {
    try {
      socket.setSoTimeout(Math.toIntExact(max.toMillis()));
      while (in.read() >= 0) {
        // Whatever it is.
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }

  /** The whole texts that were read. */
  public List<String> texts() {
    return texts;
  }

  /** How many pings were read, and not answered. */
  public int pings() {
    return pings;
  }

  /** Cuts the connection. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
