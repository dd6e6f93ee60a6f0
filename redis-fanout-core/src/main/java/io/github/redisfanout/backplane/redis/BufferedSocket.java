package io.github.redisfanout.backplane.redis;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.charset.StandardCharsets;

/**
 * A connected socket with larger buffers than Jedis' 8 kB, and a callback before it waits.
 * Delegates only the methods that Jedis calls. Thread-safe except for its streams: one thread reads
 * and one writes.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // the delegate is thread-safe
final class BufferedSocket extends Socket {
  private static final int BUFFER_BYTES = 64 << 10;

  private final Socket socket;
  private final AnnouncedInputStream in;
  private final OutputStream out;

  /** {@code beforeReading} runs on the reading thread whenever the buffer is empty. */
  BufferedSocket(Socket socket, Runnable beforeReading) throws IOException {
    super((SocketImpl) null);
    this.socket = socket;
    in = new AnnouncedInputStream(socket.getInputStream(), beforeReading);
    out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
  }

  private static final class AnnouncedInputStream extends InputStream {
    private final InputStream in;
    private final Runnable beforeReading;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;

    AnnouncedInputStream(InputStream in, Runnable beforeReading) {
      this.in = in;
      this.beforeReading = beforeReading;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      if (at == end) {
        beforeReading.run();
        int read = in.read(buffer);
        if (read < 0) {
          return read;
        }
        at = 0;
        end = read;
      }
      int copied = Math.min(length, end - at);
      System.arraycopy(buffer, at, bytes, from, copied);
      at += copied;
      return copied;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int available() throws IOException {
      return end - at + in.available();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** What the last read of the socket gave, as Latin-1; only for the thread that reads. */
  String lastRead() {
    return new String(in.buffer, 0, in.end, StandardCharsets.ISO_8859_1);
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() {
    return out;
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    socket.setSoTimeout(millis);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return socket.getSoTimeout();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return socket.getRemoteSocketAddress();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return socket.getLocalSocketAddress();
  }

  @Override
  public boolean isBound() {
    return socket.isBound();
  }

  @Override
  public boolean isConnected() {
    return socket.isConnected();
  }

  @Override
  public boolean isClosed() {
    return socket.isClosed();
  }

  @Override
  public boolean isInputShutdown() {
    return socket.isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return socket.isOutputShutdown();
  }

  /** Sets a short timeout first, because a TLS socket reads the peer's data when it closes. */
  @Override
  public void close() throws IOException {
    try {
      socket.setSoTimeout(1);
    } catch (SocketException e) {
      // It is closed.
    }
    socket.close();
  }
}
