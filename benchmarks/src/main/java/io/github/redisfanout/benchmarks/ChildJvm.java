package io.github.redisfanout.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for one measurement: with the flags that it needs and nothing left over. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * Flags for a heap that does not grow: pages touched for the first time would be measured, too,
   * and on a virtual machine they cost more than what is measured.
   */
  public static List<String> fixedHeap(int megabytes) {
    return List.of("-Xms" + megabytes + "m", "-Xmx" + megabytes + "m", "-XX:+AlwaysPreTouch");
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
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Thread killer = new Thread(child::destroy);
    Runtime.getRuntime().addShutdownHook(killer);
    CompletableFuture<Boolean> tooLate =
        new CompletableFuture<Boolean>()
            .completeOnTimeout(true, limit.toNanos(), TimeUnit.NANOSECONDS);
    CompletableFuture<Void> killed = tooLate.thenRun(child::destroy);
    try {
      Figures figures = read(child);
      int exit = child.waitFor();
      if (exit != 0) {
        throw new IllegalStateException(
            main.getSimpleName() + " ended with " + exit + (killed.isDone() ? ": too slow" : ""));
      }
      return figures;
    } finally {
      tooLate.cancel(false);
      Runtime.getRuntime().removeShutdownHook(killer);
      child.destroy();
    }
  }

  private static Figures read(Process child) throws IOException {
    Figures figures = new Figures();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), Charset.defaultCharset()))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (!figures.read(line)) {
          System.out.println(line);
        }
      }
    }
    return figures;
  }
}
