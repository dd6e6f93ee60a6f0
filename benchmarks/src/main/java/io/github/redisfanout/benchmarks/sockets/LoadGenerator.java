package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.sockets.generator.GeneratorMain;
import java.io.IOException;
import java.util.List;

/** The process with the clients, seen from the process with the nodes. Thread-safe. */
public final class LoadGenerator implements AutoCloseable {
  private final ChildJvm child;
  private final Progress progress;

  private LoadGenerator(ChildJvm child, Progress progress) {
    this.child = child;
    this.progress = progress;
  }

  /** Starts it from the class path of this process. */
  public static LoadGenerator start() throws IOException {
    Progress progress = new Progress();
    ChildJvm child =
        ChildJvm.start(
            ChildJvm.ownClassPath(),
            GeneratorMain.class.getName(),
            List.of("-Xmx64m", "-XX:+UseSerialGC"),
            List.of(),
            progress::read);
    return new LoadGenerator(child, progress);
  }

  public long pid() {
    return child.pid();
  }

  public Progress progress() {
    return progress;
  }

  /** Sends a command and waits for its answer, which it gives without the leading word. */
  public String ask(String name, Object... arguments) throws IOException, InterruptedException {
    StringBuilder line = new StringBuilder(name);
    for (Object argument : arguments) {
      line.append(' ').append(argument);
    }
    return child.ask(line.toString());
  }

  /**
   * How old messages were on arrival, in microseconds.
   *
   * @param arrived how many did
   */
  public record Ages(long arrived, double p50, double p99, double p999, double max) {}

  /** Of all messages since counting was last started with stamps. */
  public Ages ages() throws IOException, InterruptedException {
    String[] words = ask("latency").split(" ");
    return new Ages(
        Long.parseLong(words[0]),
        Long.parseLong(words[1]) / 1e3,
        Long.parseLong(words[2]) / 1e3,
        Long.parseLong(words[3]) / 1e3,
        Long.parseLong(words[4]) / 1e3);
  }

  /**
   * What all clients together have too few and too many of.
   *
   * @param lost messages that did not arrive
   * @param surplus messages that arrived more often than once
   */
  public record Check(long lost, long surplus) {}

  /** Compares what each client got since counting was last started with what it should have got. */
  public Check check(long each) throws IOException, InterruptedException {
    String[] words = ask("check", each).split(" ");
    return new Check(Long.parseLong(words[0]), Long.parseLong(words[1]));
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
    child.close();
  }
}
