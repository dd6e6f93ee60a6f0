package io.github.redisfanout.benchmarks.sockets.generator;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket: counts the text messages that arrived whole, and answers pings.
 *
 * <p>It reads as much of a frame as it needs and skips the rest; a message in several frames is an
 * error here, as the payloads fit into one. Not thread-safe.
 */
final class Client {
  private static final int TEXT = 0x81; // with FIN, as all below
  private static final int CLOSE = 0x88;
  private static final int PING = 0x89;
  private static final int PONG = 0x8a;

  /** More than a control frame, or the part of a text frame that must be there at once. */
  private static final int MAX_HELD = 160;

  private final SocketChannel channel;
  private final byte[] held = new byte[MAX_HELD];
  private int heldBytes; // the start of a frame, of which too little had come
  private long unread; // of the message that has begun; 0 between messages
  private long stamp;
  private long messages;

  Client(SocketChannel channel) {
    this.channel = channel;
  }

  long messages() {
    return messages;
  }

  void startCounting() {
    messages = 0;
  }

  /**
   * Reads once.
   *
   * @param buffer larger than {@link #MAX_HELD}, shared by all clients, of no meaning before and
   *     after
   * @param latencies null if nothing is stamped
   * @return how many messages became complete
   */
  int read(ByteBuffer buffer, @Nullable Histogram latencies) throws IOException {
    buffer.clear().put(held, 0, heldBytes);
    heldBytes = 0;
    if (channel.read(buffer) < 0) {
      throw new EOFException("the server ended the connection without a close");
    }
    buffer.flip();
    long before = messages;
    while (unread > 0 || begin(buffer, latencies != null)) {
      int step = (int) Math.min(unread, buffer.remaining());
      buffer.position(buffer.position() + step);
      unread -= step;
      if (unread > 0) {
        break;
      }
      if (step > 0) { // else it was a control frame
        messages++;
        if (latencies != null) {
          latencies.recordValue(System.nanoTime() - stamp);
        }
      }
    }
    heldBytes = buffer.remaining();
    buffer.get(held, 0, heldBytes);
    return (int) (messages - before);
  }

  /** Reads a frame's header; false, and nothing is read, if not enough of it is there. */
  private boolean begin(ByteBuffer buffer, boolean stamped) throws IOException {
    int start = buffer.position();
    int available = buffer.remaining();
    if (available < 2) {
      return false;
    }
    int type = buffer.get(start) & 0xff;
    int shortLength = buffer.get(start + 1) & 0xff; // with the mask's bit, which servers do not set
    int header = shortLength < 126 ? 2 : shortLength == 126 ? 4 : 10;
    if (available < header) {
      return false;
    }
    long length =
        switch (header) {
          case 2 -> shortLength;
          case 4 -> buffer.getShort(start + 2) & 0xffff;
          default -> buffer.getLong(start + 2);
        };
    long needed = type == TEXT ? (stamped ? Stamp.END : 0) : length;
    if (type == TEXT ? length < Math.max(1, needed) : length > 125) {
      throw new IOException("a frame of type 0x%x with %d bytes".formatted(type, length));
    }
    if (available < header + needed) {
      return false;
    }
    buffer.position(start + header);
    if (type == TEXT) {
      stamp = stamped ? Stamp.read(buffer, start + header) : 0;
      unread = length;
    } else {
      byte[] body = new byte[(int) length];
      buffer.get(body);
      control(type, body);
    }
    return true;
  }

  private void control(int type, byte[] body) throws IOException {
    switch (type) {
      case PING -> pong(body);
      case PONG -> {}
      case CLOSE -> throw new EOFException("the server closed it: " + reason(body));
      default -> throw new IOException("a frame of type 0x%x".formatted(type));
    }
  }

  // The key of the mask is 0: there is no proxy to protect.
  private void pong(byte[] body) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(6 + body.length);
    frame.put((byte) PONG).put((byte) (0x80 | body.length)).putInt(0).put(body).flip();
    channel.write(frame);
    if (frame.hasRemaining()) {
      throw new IOException("a pong could not be written");
    }
  }

  private static String reason(byte[] body) {
    return body.length < 2
        ? "no code"
        : ByteBuffer.wrap(body).getShort() + " " + new String(body, 2, body.length - 2);
  }
}
