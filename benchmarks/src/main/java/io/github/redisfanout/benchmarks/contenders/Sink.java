package io.github.redisfanout.benchmarks.contenders;

/**
 * Where a session's messages end: one client, which only counts. Called by one thread at a time.
 */
public interface Sink {
  void receive(String text);
}
