package io.github.redisfanout.it;

import io.github.redisfanout.BlockingTransport;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A client at the other end of a blocking socket; each message is a line, and so is the close. */
final class LineConnection implements BlockingTransport.Connection, AutoCloseable {
  private static final String CLOSE = "close ";

  private final Socket server;
  private final Socket client;
  private final List<String> received = new CopyOnWriteArrayList<>();
  private volatile Integer closeCode; // null while none came

  LineConnection() throws IOException {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      client = new Socket(listening.getInetAddress(), listening.getLocalPort());
      server = listening.accept();
    }
  }

  /** The client reads from now on; before, a large write waits for it. */
  LineConnection reading() {
    Thread reader = new Thread(this::read, "line-client");
    reader.setDaemon(true);
    reader.start();
    return this;
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(CLOSE)) {
          closeCode = Integer.valueOf(line.substring(CLOSE.length()));
        } else {
          received.add(line);
        }
      }
    } catch (IOException e) {
      // The same as the end.
    }
    if (closeCode == null) {
      closeCode = 1006;
    }
  }

  List<String> received() {
    return List.copyOf(received);
  }

  Integer closeCode() {
    return closeCode;
  }

  @Override
  public void write(Payload payload) throws IOException {
    line(payload.text());
  }

  private void line(String text) throws IOException {
    OutputStream out = server.getOutputStream();
    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean ping() {
    return false;
  }

  @Override
  public void close(Disconnect why, boolean force) {
    try (server) {
      if (!force) {
        line(CLOSE + why.code());
      }
    } catch (IOException e) {
      // The client has gone.
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
  }
}
