package io.github.redisfanout.benchmarks.sockets.generator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** The control connection: lines in, lines out. Not thread-safe. */
final class Control {

  /** What does a line's work and answers it. */
  interface Commands {
    String obey(Command command) throws IOException;
  }

  private final SocketChannel channel;
  private final Commands commands;
  private final ByteBuffer buffer = ByteBuffer.allocate(8_192);
  private final StringBuilder line = new StringBuilder();

  Control(SocketChannel channel, Commands commands) {
    this.channel = channel;
    this.commands = commands;
  }

  void register(Selector selector) throws IOException {
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  void read() throws IOException {
    if (channel.read(buffer.clear()) < 0) {
      channel.close();
      return;
    }
    buffer.flip();
    while (buffer.hasRemaining()) {
      char next = (char) buffer.get();
      if (next == '\n') {
        String whole = line.toString();
        line.setLength(0);
        send(commands.obey(Command.parse(whole)));
      } else {
        line.append(next);
      }
    }
  }

  void send(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        LockSupport.parkNanos(100_000); // the other side always reads
      }
    }
  }
}
