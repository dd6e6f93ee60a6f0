package io.github.redisfanout.benchmarks;

/** One thing that can be measured: a word on the command line. */
public interface Mode {

  /** One line for the help: what it measures, and its options with their defaults. */
  String help();

  /** Measures and prints; true if what it holds to be necessary held. */
  boolean run(Options options) throws Exception;
}
