package io.github.redisfanout.benchmarks.sockets.generator;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Opens a WebSocket on 127.0.0.1, by hand. */
final class Handshake {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int MAX_ANSWER = 8_192;

  private Handshake() {}

  private static SocketChannel connect(SocketChannel channel, int port) throws IOException {
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.socket().setTcpNoDelay(true);
    return channel;
  }

  /** Opens the WebSocket of a user; what the server sends after its answer is left unread. */
  static SocketChannel open(int port, String user) throws IOException {
    return open(connect(SocketChannel.open(), port), port, user);
  }

  /** As {@link #open}, with as little room for what nobody reads as the system allows. */
  static SocketChannel openStuck(int port, String user) throws IOException {
    SocketChannel channel = SocketChannel.open().setOption(StandardSocketOptions.SO_RCVBUF, 1);
    return open(connect(channel, port), port, user);
  }

  private static SocketChannel open(SocketChannel channel, int port, String user)
      throws IOException {
    channel.socket().setSoTimeout(TIMEOUT_MILLIS);
    String request =
        "GET /ws?user="
            + user
            + " HTTP/1.1\r\nHost: 127.0.0.1:"
            + port
            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    channel.socket().getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    String answer = readAnswer(channel.socket().getInputStream());
    String status = answer.substring(0, answer.indexOf('\r'));
    if (!status.startsWith("HTTP/1.1 101")) {
      channel.close();
      throw new IOException(
          "the handshake of " + user + " on port " + port + " was refused: " + status);
    }
    return channel;
  }

  // Byte by byte, so that no byte of the first frame is taken along.
  private static String readAnswer(InputStream in) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (answer.length() < 4 || answer.lastIndexOf("\r\n\r\n") != answer.length() - 4) {
      int next = in.read();
      if (next < 0 || answer.length() == MAX_ANSWER) {
        throw new EOFException("no whole answer to the handshake: " + answer);
      }
      answer.append((char) next);
    }
    return answer.toString();
  }
}
