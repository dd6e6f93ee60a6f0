package io.github.redisfanout.benchmarks.contenders;

import java.util.List;
import java.util.Map;

/** One way to reach users on other nodes, started for one round; thread-safe. */
public interface Contender extends AutoCloseable {

  /** Makes a contender of a scene; returns when all its nodes are subscribed. */
  interface Factory {
    Contender start(Scene scene) throws Exception;
  }

  /** Hears the outcome of one publish, once, on any thread. */
  interface Outcome {
    void published();

    void failed(Throwable cause);
  }

  /**
   * Publishes one payload from one node; blocks for as long as the contender's own call does.
   *
   * @param payload what the application has: not yet JSON
   */
  void publish(int node, List<String> userIds, Map<String, Object> payload, Outcome outcome)
      throws Exception;

  /** What the contender itself says of its losses, in words. */
  default String told() {
    return "nothing";
  }

  /** Deliveries that the contender itself says it dropped. */
  default long dropped() {
    return 0;
  }

  /** Spans of time in which, as the contender itself says, messages may have been lost. */
  default long gaps() {
    return 0;
  }
}
