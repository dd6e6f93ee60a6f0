package io.github.redisfanout.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection to a Redis on loopback that speaks just enough RESP2.
 *
 * <p>Not thread-safe. The caller closes it.
 */
final class RespConnection implements AutoCloseable {
  private static final String NIL = "(nil)";

  private final Socket socket = new Socket();
  private final InputStream in;

  /**
   * Connects.
   *
   * @param timeout the longest that connecting, and then each single read, may take
   * @throws IOException if nobody listens there
   */
  RespConnection(int port, Duration timeout) throws IOException {
    int millis = Math.max(1, (int) timeout.toMillis());
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(millis);
      socket.connect(new InetSocketAddress(LoopbackPorts.loopback(), port), millis);
      in = new BufferedInputStream(socket.getInputStream());
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Sends one command and returns its reply as text, arrays as lines, null as {@code (nil)}.
   *
   * @throws IllegalStateException with Redis' own text if the reply is an error
   * @throws IOException if the connection broke or the reply took too long
   */
  String call(String... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(UTF_8));
    for (String word : words) {
      byte[] bytes = word.getBytes(UTF_8);
      request.writeBytes(("$" + bytes.length + "\r\n").getBytes(UTF_8));
      request.writeBytes(bytes);
      request.writeBytes(new byte[] {'\r', '\n'});
    }
    socket.getOutputStream().write(request.toByteArray());
    return reply();
  }

  private String reply() throws IOException {
    String header = line();
    String rest = header.substring(1);
    return switch (header.charAt(0)) {
      case '+', ':' -> rest;
      case '-' -> throw new IllegalStateException(rest);
      case '$' -> bulk(Integer.parseInt(rest));
      case '*' -> array(Integer.parseInt(rest));
      default -> throw new IOException("not a RESP2 reply: " + header.charAt(0));
    };
  }

  private String bulk(int length) throws IOException {
    if (length < 0) {
      return NIL;
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length || in.readNBytes(2).length < 2) {
      throw new EOFException("the connection ended within a reply");
    }
    return new String(bytes, UTF_8);
  }

  private String array(int length) throws IOException {
    if (length < 0) {
      return NIL;
    }
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      elements.add(reply());
    }
    return String.join("\n", elements);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection ended without a reply");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    if (line.size() == 0) {
      throw new IOException("not a RESP2 reply: an empty line");
    }
    return line.toString(UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
