package io.github.redisfanout.benchmarks.sockets.generator;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Commands from the standard input, for a thread that waits at a selector. Thread-safe. */
final class Control {
  private final Selector selector;
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private volatile boolean open = true;

  Control(Selector selector) {
    this.selector = selector;
    Thread reader = new Thread(this::read, "generator-control");
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
        selector.wakeup();
      }
    } catch (IOException e) {
      // the other side has ended, as below
    }
    open = false;
    selector.wakeup();
  }

  /** False once the other side has closed it, which it also does by dying. */
  boolean isOpen() {
    return open;
  }

  /** What does a line's work and answers it. */
  interface Commands {
    String obey(Command command) throws IOException;
  }

  /** Does what has come since the last call. */
  void obey(Commands commands) throws IOException {
    for (String line = lines.poll(); line != null; line = lines.poll()) {
      send(commands.obey(Command.parse(line)));
    }
  }

  static void send(String line) {
    System.out.println(line);
  }
}
