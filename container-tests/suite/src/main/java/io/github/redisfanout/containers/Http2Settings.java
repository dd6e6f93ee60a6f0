package io.github.redisfanout.containers;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a server offers over HTTP/2: RFC 9113, section 6.5, and RFC 8441, section 3. */
final class Http2Settings {
  private static final byte[] HELLO =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final int LIMIT_MILLIS = 10_000;
  private static final int SETTINGS = 4;
  private static final int ENABLE_CONNECT_PROTOCOL = 8;

  private Http2Settings() {}

  /**
   * Whether it offers WebSockets.
   *
   * @throws IOException if it does not speak HTTP/2
   */
  static boolean offerWebSocket(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(LIMIT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
      OutputStream out = socket.getOutputStream();
      out.write(HELLO);
      out.flush();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] head = in.readNBytes(9);
      if (head.length < 9 || head[3] != SETTINGS) {
        throw new IOException("no HTTP/2: " + new String(head, StandardCharsets.ISO_8859_1));
      }
      int length = ByteBuffer.wrap(head).getInt() >>> 8;
      ByteBuffer settings = ByteBuffer.wrap(in.readNBytes(length));
      boolean offers = false;
      while (settings.hasRemaining()) {
        int id = settings.getShort();
        offers |= settings.getInt() == 1 && id == ENABLE_CONNECT_PROTOCOL;
      }
      return offers;
    }
  }
}
