package io.github.redisfanout.benchmarks.contenders;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One way to reach users on other nodes, started for one round; thread-safe. */
public interface Contender extends AutoCloseable {

  /** Makes a contender of a scene; returns when all its nodes are subscribed. */
  interface Factory {
    Contender start(Scene scene) throws Exception;
  }

  /** Receives the outcome of one publish, once, on any thread. */
  interface Outcome {
    /**
     * @param answer what the contender's own call gave
     * @param failure null if it was published
     */
    void done(@Nullable Object answer, @Nullable Throwable failure);
  }

  /**
   * Publishes one payload from one node; blocks for as long as the contender's own call does.
   *
   * @param payload what the application has: not yet JSON
   */
  void publish(int node, List<String> userIds, Map<String, Object> payload, Outcome outcome)
      throws Exception;

  /** What the contender itself reports of its losses, in words. */
  default String losses() {
    return "nothing";
  }

  /** Deliveries that the contender itself reports as dropped. */
  default long dropped() {
    return 0;
  }

  /** Spans of time in which, as the contender itself reports, messages may have been lost. */
  default long gaps() {
    return 0;
  }
}
