package io.github.redisfanout.benchmarks.containers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A node and its container in a process of their own, which is asked by lines of text. Thread-safe.
 *
 * <p>It ends when {@link #close} is called and when this process dies, as then its input ends.
 */
public final class ContainerNode implements AutoCloseable {
  private static final String MAIN = "io.github.redisfanout.containers.ServeMain";
  private static final int TIMEOUT_SECONDS = 60;

  private final Process process;
  private final Writer questions;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final int port;

  private ContainerNode(Process process) throws InterruptedException {
    this.process = process;
    questions = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "benchmark-container");
    reader.setDaemon(true);
    reader.start();
    port = Integer.parseInt(answer("port"));
  }

  /**
   * Starts it; returns when it serves.
   *
   * @param flags of the JVM
   * @param settings {@code name=value}, as {@code ServeMain} of the containers' suite knows them
   */
  public static ContainerNode start(
      Container container, String redisUri, List<String> flags, List<String> settings)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", container.classPath(), MAIN));
    command.addAll(List.of(container.serverClass(), redisUri));
    command.addAll(settings);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      return new ContainerNode(process);
    } catch (InterruptedException | RuntimeException | Error e) {
      process.destroyForcibly();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  /** What the node has counted. */
  public record Counts(int sessions, long delivered, long pending, long dropped) {}

  public Counts counts() throws IOException, InterruptedException {
    String[] words = ask("counters").split(" ");
    return new Counts(
        Integer.parseInt(words[0]),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]));
  }

  /**
   * Somebody whom the node disconnected.
   *
   * @param nanos when, as {@code System.nanoTime()}, which all processes share on Linux
   */
  public record Disconnected(String user, long nanos, int code) {}

  /** Those since this was last asked. */
  public List<Disconnected> disconnected() throws IOException, InterruptedException {
    return Arrays.stream(ask("disconnected").split(" "))
        .filter(word -> !word.isEmpty())
        .map(word -> word.split(":"))
        .map(w -> new Disconnected(w[0], Long.parseLong(w[1]), Integer.parseInt(w[2])))
        .toList();
  }

  /** Bytes of its heap in use after collecting garbage. */
  public long usedHeap() throws IOException, InterruptedException {
    return Long.parseLong(ask("heap"));
  }

  /** The JVM's histogram of living objects. */
  public String histogram() throws IOException, InterruptedException {
    return ask("histogram").replace('|', '\n');
  }

  /** Waits until it has exactly so many sessions. */
  public void awaitSessions(int count, Duration limit) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    for (int now = counts().sessions(); now != count; now = counts().sessions()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "the node has " + now + " sessions in place of " + count + " after " + limit);
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  private synchronized String ask(String question) throws IOException, InterruptedException {
    questions.append(question).append('\n').flush();
    return answer(question);
  }

  private String answer(String question) throws InterruptedException {
    while (true) {
      String line = lines.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (line == null || line.isEmpty()) {
        throw new IllegalStateException(
            "the container's process " + (line == null ? "is silent" : "has ended"));
      }
      if ((line + " ").startsWith(question + " ")) {
        return line.substring(Math.min(line.length(), question.length() + 1));
      }
      System.out.println(line); // the container's own
    }
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (@Nullable String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isEmpty()) {
          lines.add(line);
        }
      }
    } catch (IOException e) {
      // it has ended, as below
    }
    lines.add("");
  }

  @Override
  public void close() throws IOException, InterruptedException {
    questions.close();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
