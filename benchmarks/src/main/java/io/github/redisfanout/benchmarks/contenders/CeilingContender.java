package io.github.redisfanout.benchmarks.contenders;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the wire itself carries: bare sockets, messages encoded in advance and written in batches,
 * readers that count bytes and look at nothing. No library can do more.
 */
public final class CeilingContender implements Contender {
  /** Messages in one write; their answers are awaited before the next. */
  public static final int BATCH = 64;

  private final String host;
  private final int port;
  private final byte[] channel;
  private final AtomicLong bytesRead = new AtomicLong();
  private final List<Socket> sockets = new ArrayList<>();

  private CeilingContender(Scene scene) {
    host = scene.host();
    port = scene.port();
    channel = scene.channel().getBytes(StandardCharsets.UTF_8);
  }

  static Contender start(Scene scene) throws IOException {
    CeilingContender contender = new CeilingContender(scene);
    for (int node = 0; node < scene.nodes().size(); node++) {
      contender.subscribe();
    }
    return contender;
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(host, port);
    socket.setTcpNoDelay(true);
    synchronized (sockets) {
      sockets.add(socket);
    }
    return socket;
  }

  private void subscribe() throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(command("SUBSCRIBE".getBytes(StandardCharsets.UTF_8), channel));
    InputStream in = socket.getInputStream();
    readLines(in, 6); // *3, $9, subscribe, $n, the channel, :1
    Thread reader = new Thread(() -> count(in), "ceiling-reader");
    reader.setDaemon(true);
    reader.start();
  }

  private void count(InputStream in) {
    byte[] buffer = new byte[64 << 10];
    try {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        bytesRead.addAndGet(read);
      }
    } catch (IOException e) {
      // closed
    }
  }

  /** Bytes that all nodes have received since the start. */
  public long bytesRead() {
    return bytesRead.get();
  }

  /** What Redis sends to one node for a message. */
  public long bytesOnTheWire(byte[] message) {
    return command("message".getBytes(StandardCharsets.UTF_8), channel, message).length;
  }

  /**
   * Publishes batches of one message, one after the other, until the count or the deadline is
   * reached.
   */
  public long publish(byte[] message, long messages, long deadlineNanos) {
    byte[] one = command("PUBLISH".getBytes(StandardCharsets.UTF_8), channel, message);
    ByteArrayOutputStream batch = new ByteArrayOutputStream(one.length * BATCH);
    for (int i = 0; i < BATCH; i++) {
      batch.writeBytes(one);
    }
    byte[] bytes = batch.toByteArray();
    long published = 0;
    try (Socket socket = connect()) {
      InputStream in = socket.getInputStream();
      while (published < messages && System.nanoTime() < deadlineNanos) {
        socket.getOutputStream().write(bytes);
        readLines(in, BATCH);
        published += BATCH;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return published;
  }

  private static void readLines(InputStream in, int lines) throws IOException {
    byte[] buffer = new byte[4096];
    int seen = 0;
    while (seen < lines) {
      int read = in.read(buffer);
      for (int i = 0; i < read; i++) {
        seen += buffer[i] == '\n' ? 1 : 0;
      }
      if (read < 0) {
        throw new IOException("Redis has closed the connection");
      }
    }
  }

  private static byte[] command(byte[]... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (byte[] word : words) {
      out.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(word);
      out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    return out.toByteArray();
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    throw new UnsupportedOperationException("the ceiling has no messages of its own");
  }

  @Override
  public void close() throws IOException {
    synchronized (sockets) {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
