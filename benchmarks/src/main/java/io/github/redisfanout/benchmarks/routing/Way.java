package io.github.redisfanout.benchmarks.routing;

import java.util.List;

/** How one publisher publishes. */
interface Way {

  /** Publishes a message for these users; never waits. */
  void publish(List<String> users, Outcome outcome);

  /** What became of one message. */
  interface Outcome {
    /** Redis handed it to this many connections. */
    void handed(long connections);

    void failed(Throwable why);
  }
}
