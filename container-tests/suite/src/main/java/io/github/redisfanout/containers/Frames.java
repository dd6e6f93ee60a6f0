package io.github.redisfanout.containers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a client writes by hand: RFC 6455, section 5.2. */
final class Frames {
  static final int CONTINUATION = 0x0;
  static final int TEXT = 0x1;
  static final int BINARY = 0x2;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xA;
  static final int LAST = 0x80;

  private static final int MASKED = 0x80;
  private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};

  private Frames() {}

  /**
   * A handshake to the endpoint; the answer need not be checked, as the key is no secret.
   *
   * @param query such as {@code ?user=…}, or empty
   * @param headers each {@code Name: value}
   */
  static byte[] handshake(int port, String query, String... headers) {
    StringBuilder request = new StringBuilder("GET ").append(ServerSetup.PATH).append(query);
    request.append(" HTTP/1.1\r\nHost: 127.0.0.1:").append(port);
    request.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13");
    request.append("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** All of a frame before its payload. */
  static byte[] header(int lastAndOpcode, long length) {
    ByteBuffer header = ByteBuffer.allocate(14).put((byte) lastAndOpcode);
    if (length < 126) {
      header.put((byte) (MASKED | length));
    } else if (length < 1 << 16) {
      header.put((byte) (MASKED | 126)).putShort((short) length);
    } else {
      header.put((byte) (MASKED | 127)).putLong(length);
    }
    return bytes(header.put(MASK));
  }

  /** A whole frame. */
  static byte[] frame(int lastAndOpcode, byte[] payload) {
    byte[] header = header(lastAndOpcode, payload.length);
    ByteBuffer frame = ByteBuffer.allocate(header.length + payload.length).put(header);
    return bytes(frame.put(masked(payload)));
  }

  static byte[] close(int code) {
    return frame(LAST | CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
  }

  /** A payload as it is written; of a part of one, the position must be a multiple of four. */
  static byte[] masked(byte[] payload) {
    byte[] masked = new byte[payload.length];
    for (int i = 0; i < payload.length; i++) {
      masked[i] = (byte) (payload[i] ^ MASK[i % MASK.length]);
    }
    return masked;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }
}
