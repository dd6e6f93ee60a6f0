package io.github.redisfanout.containers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One connection of a {@link Crowd}: answers pings, and remembers what it received.
 *
 * <p>Everybody may ask it; only the crowd's thread does anything with its connection.
 */
final class CrowdMember {
  private static final int LARGEST_FRAME = 2048;

  private final String user;
  private final SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocate(LARGEST_FRAME);
  private final List<String> texts = new CopyOnWriteArrayList<>();
  private volatile boolean open;
  private volatile boolean gone;
  private volatile int localPort;

  CrowdMember(String user, SocketChannel channel) {
    this.user = user;
    this.channel = channel;
  }

  String user() {
    return user;
  }

  /** All texts until now, as they came. */
  List<String> texts() {
    return List.copyOf(texts);
  }

  int localPort() {
    return localPort;
  }

  /** Whether the handshake has succeeded and the connection has not ended since. */
  boolean isOpen() {
    return open && !gone;
  }

  /** Whether the handshake has succeeded or the connection has ended. */
  boolean isSettled() {
    return open || gone;
  }

  // ---- on the crowd's thread

  SocketChannel channel() {
    return channel;
  }

  void connected(int port) throws IOException {
    channel.finishConnect();
    localPort = channel.socket().getLocalPort();
    write(Frames.handshake(port, "?user=" + user));
  }

  void write(byte[] few) throws IOException {
    channel.write(ByteBuffer.wrap(few)); // so few that the socket takes them at once
  }

  void gone() {
    gone = true;
  }

  /** Takes what has come; throws when the connection has ended. */
  void read() throws IOException {
    int read = channel.read(in);
    if (read < 0) {
      throw new IOException("the server hung up");
    }
    in.flip();
    while (open ? takeFrame() : takeAnswer()) {}
    in.compact();
  }

  private boolean takeAnswer() throws IOException {
    String answer =
        new String(in.array(), in.position(), in.remaining(), StandardCharsets.ISO_8859_1);
    int end = answer.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    if (!answer.contains(" 101 ")) {
      throw new IOException("the server refused the handshake: " + answer);
    }
    in.position(in.position() + end + 4);
    open = true;
    return true;
  }

  private boolean takeFrame() throws IOException {
    in.mark();
    if (in.remaining() < 4) { // no frame is shorter, except an empty one
      return takeEmpty();
    }
    int opcode = in.get() & 0xf;
    int length = in.get();
    if (length == 126) {
      length = in.getShort() & 0xffff;
    }
    if (in.remaining() < length) {
      in.reset();
      return false;
    }
    byte[] payload = new byte[length];
    in.get(payload);
    take(opcode, payload);
    return true;
  }

  private boolean takeEmpty() throws IOException {
    if (in.remaining() >= 2 && in.get(in.position() + 1) == 0) {
      int opcode = in.get() & 0xf;
      in.get();
      take(opcode, new byte[0]);
      return true;
    }
    return false;
  }

  private void take(int opcode, byte[] payload) throws IOException {
    switch (opcode) {
      case Frames.TEXT -> texts.add(new String(payload, StandardCharsets.UTF_8));
      case Frames.PING -> write(Frames.frame(Frames.LAST | Frames.PONG, payload));
      case Frames.CLOSE -> throw new IOException("the server closed the session");
      default -> throw new IOException("a frame that no server should send: " + opcode);
    }
  }
}
