package io.github.redisfanout.benchmarks.routing;

/**
 * What one message took in one turn of a contender.
 *
 * @param received by how many nodes, each copy counts
 * @param needless received by a node on which it has no further recipient
 */
record Turn(int messages, Usage usage, double received, double needless) {}
