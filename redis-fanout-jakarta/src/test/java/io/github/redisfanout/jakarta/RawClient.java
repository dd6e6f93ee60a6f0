package io.github.redisfanout.jakarta;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that does the handshake by hand and then does nothing: no reading, no pongs. */
final class RawClient implements AutoCloseable {
  private final Socket socket = new Socket();

  /** The response's status line and headers. */
  final String response;

  private RawClient(int port, String request) throws IOException {
    socket.setReceiveBufferSize(4096);
    socket.setSoTimeout(10_000);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    response = head(socket.getInputStream());
  }

  /** Sends a handshake to {@code /ws?user=…} with more headers, each {@code Name: value}. */
  static RawClient connect(TomcatNode node, String user, String... headers) throws IOException {
    return send(
        node.port(),
        "GET /ws?user=" + user + " HTTP/1.1",
        "127.0.0.1:" + node.port(),
        "websocket",
        headers);
  }

  static RawClient send(int port, String line, String host, String upgrade, String... headers)
      throws IOException {
    StringBuilder request = new StringBuilder(line).append("\r\nHost: ").append(host);
    request.append("\r\nUpgrade: ").append(upgrade);
    request.append("\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13");
    request.append("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return new RawClient(port, request.append("\r\n").toString());
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        break;
      }
      head.write(b);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  int status() {
    return Integer.parseInt(response.split(" ")[1]);
  }

  /** Ends the connection without a close frame. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
