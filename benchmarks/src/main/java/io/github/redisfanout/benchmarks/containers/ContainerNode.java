package io.github.redisfanout.benchmarks.containers;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Waits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A node and its container in a process of their own. Thread-safe. */
public final class ContainerNode implements AutoCloseable {
  /** The Redis channel of the container nodes. */
  public static final String CHANNEL = "containers";

  private static final String MAIN = "io.github.redisfanout.containers.ServeMain";

  private final ChildJvm child;
  private final int port;

  private ContainerNode(ChildJvm child) throws InterruptedException {
    this.child = child;
    port = Integer.parseInt(child.answer("port"));
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
    List<String> arguments = new ArrayList<>(List.of(container.serverClass(), redisUri));
    arguments.addAll(settings);
    ChildJvm child = ChildJvm.start(container.classPath(), MAIN, flags, arguments, line -> false);
    try {
      return new ContainerNode(child);
    } catch (InterruptedException | RuntimeException | Error e) {
      child.close();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  /** What the node has counted. */
  public record Counts(int sessions, long delivered, long pending, long dropped) {}

  public Counts counts() throws IOException, InterruptedException {
    String[] words = child.ask("counters").split(" ");
    return new Counts(
        Integer.parseInt(words[0]),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]));
  }

  /**
   * A client that the node disconnected.
   *
   * @param nanos when, as {@code System.nanoTime()}, which all processes share on Linux
   */
  public record Disconnected(String user, long nanos) {}

  /** Those since this was last asked. */
  public List<Disconnected> disconnected() throws IOException, InterruptedException {
    return Arrays.stream(child.ask("disconnected").split(" "))
        .filter(word -> !word.isEmpty())
        .map(word -> word.split(":"))
        .map(words -> new Disconnected(words[0], Long.parseLong(words[1])))
        .toList();
  }

  /** Bytes of its heap in use after collecting garbage. */
  public long usedHeap() throws IOException, InterruptedException {
    return Long.parseLong(child.ask("heap"));
  }

  /** Waits until it has exactly this many sessions. */
  public void awaitSessions(int count) throws Exception {
    Waits.until(
        count + " sessions on the node",
        Duration.ofSeconds(20),
        Duration.ofMillis(20),
        () -> counts().sessions() == count);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    child.close();
  }
}
