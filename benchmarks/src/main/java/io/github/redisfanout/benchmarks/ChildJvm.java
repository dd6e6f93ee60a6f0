package io.github.redisfanout.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A JVM of its own for one measurement: run to its end, or asked by lines of text. Thread-safe.
 *
 * <p>One that is asked should end when its input does, which also happens when this process dies.
 */
public final class ChildJvm implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final String END = ""; // no other line is empty

  private final String name;
  private final Process process;
  private final Writer questions;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Thread killer;

  private ChildJvm(String name, Process process, Predicate<String> unasked) {
    this.name = name;
    this.process = process;
    questions = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    killer = new Thread(process::destroy);
    Runtime.getRuntime().addShutdownHook(killer);
    Thread reader = new Thread(() -> read(unasked), "benchmark-child");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Flags for a heap that does not grow: pages touched for the first time would be measured, too,
   * and on a virtual machine they cost more than what is measured.
   */
  public static List<String> fixedHeap(int megabytes) {
    return List.of("-Xms" + megabytes + "m", "-Xmx" + megabytes + "m", "-XX:+AlwaysPreTouch");
  }

  public static String ownClassPath() {
    return System.getProperty("java.class.path");
  }

  /**
   * Starts a class of any class path.
   *
   * @param unasked is given each line first, on a thread of its own; true if that was no answer
   */
  public static ChildJvm start(
      String classPath,
      String main,
      List<String> flags,
      List<String> arguments,
      Predicate<String> unasked)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new ChildJvm(main.substring(main.lastIndexOf('.') + 1), process, unasked);
  }

  /**
   * Runs a class on this JVM's class path and waits for its end.
   *
   * <p>What it prints is printed, but for its figures: they are returned.
   *
   * @throws IllegalStateException if it fails, or is not done within {@code limit}
   */
  public static Figures run(
      Class<?> main, List<String> flags, List<String> arguments, Duration limit)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    Figures figures = new Figures();
    try (ChildJvm child =
        start(ownClassPath(), main.getName(), flags, arguments, line -> figures.read(line))) {
      for (String line = child.next(deadline); !line.equals(END); line = child.next(deadline)) {
        System.out.println(line);
      }
      int exit = child.process.waitFor();
      if (exit != 0) {
        throw new IllegalStateException(child.name + " ended with " + exit);
      }
      return figures;
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Sends a line and waits for the answer, as {@link #answer} does. */
  public synchronized String ask(String question) throws IOException, InterruptedException {
    questions.append(question).append('\n').flush();
    return answer(question.split(" ", 2)[0]);
  }

  /** Waits for the next line that starts with this word, and returns the rest of it. */
  public String answer(String word) throws InterruptedException {
    long deadline = System.nanoTime() + ANSWER.toNanos();
    while (true) {
      String line = next(deadline);
      if (line.equals(END)) {
        throw new IllegalStateException(name + " has ended");
      }
      if ((line + " ").startsWith(word + " ")) {
        return line.substring(Math.min(line.length(), word.length() + 1));
      }
      System.out.println(line); // a log line
    }
  }

  private String next(long deadline) throws InterruptedException {
    String line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    if (line == null) {
      throw new IllegalStateException(name + " is too slow");
    }
    return line;
  }

  private void read(Predicate<String> unasked) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (@Nullable String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isEmpty() && !unasked.test(line)) {
          lines.add(line);
        }
      }
    } catch (IOException e) {
      // it has ended, as below
    }
    lines.add(END);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    try {
      questions.close();
    } catch (IOException e) {
      // it has ended already
    }
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    Runtime.getRuntime().removeShutdownHook(killer);
  }
}
