package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.benchmarks.sockets.generator.GeneratorMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The process with the clients, seen from the process with the nodes.
 *
 * <p>It ends when {@link #close} is called and when this process dies, as then their connection
 * ends.
 */
public final class LoadGenerator implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 30;

  private final Process process;
  private final Socket socket;
  private final BufferedReader in;
  private final Writer out;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final Progress progress = new Progress();

  private LoadGenerator(Process process, Socket socket) throws IOException {
    this.process = process;
    this.socket = socket;
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    out = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "benchmark-progress");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts it from the class path of this process. */
  public static LoadGenerator start() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout(TIMEOUT_SECONDS * 1_000);
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  GeneratorMain.class.getName(),
                  String.valueOf(server.getLocalPort()))
              .inheritIO()
              .start();
      try {
        LoadGenerator generator = new LoadGenerator(process, server.accept());
        String hello = generator.answer("hello");
        if (!hello.equals(String.valueOf(process.pid()))) {
          throw new IllegalStateException("another process answered: " + hello);
        }
        return generator;
      } catch (Exception | Error e) {
        process.destroyForcibly();
        throw e;
      }
    }
  }

  public long pid() {
    return process.pid();
  }

  public Progress progress() {
    return progress;
  }

  /** Sends a command and waits for its answer, which it gives without the leading word. */
  public synchronized String ask(String name, Object... arguments)
      throws IOException, InterruptedException {
    StringBuilder line = new StringBuilder(name);
    for (Object argument : arguments) {
      line.append(' ').append(argument);
    }
    out.append(line).append('\n').flush();
    return answer(name);
  }

  private String answer(String name) throws InterruptedException {
    String line = answers.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (line == null || !(line + " ").startsWith(name + " ")) {
      throw new IllegalStateException(
          "the load generator should have answered " + name + ": " + line);
    }
    return line.substring(Math.min(line.length(), name.length() + 1));
  }

  private void read() {
    try {
      for (@Nullable String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("progress ")) {
          String[] words = line.split(" ");
          progress.reached(
              Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
        } else {
          if (line.startsWith("failed ")) {
            progress.failed(line.substring("failed ".length()));
          }
          answers.add(line);
        }
      }
    } catch (IOException e) {
      // it has ended, as below
    }
    progress.failed("it has ended");
    answers.add("the process has ended");
  }

  /** Whether both processes read one clock, as on Linux: then a time of one means the same here. */
  public boolean hasOurClock() throws IOException, InterruptedException {
    for (int i = 0; i < 100; i++) {
      long before = System.nanoTime();
      long there = Long.parseLong(ask("clock"));
      if (there < before || there > System.nanoTime()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    socket.close();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
