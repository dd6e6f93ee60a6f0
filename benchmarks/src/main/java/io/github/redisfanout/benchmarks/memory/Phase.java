package io.github.redisfanout.benchmarks.memory;

/** What had happened before a look at the heap, in a word, and what was seen. */
public record Phase(String name, Heap heap) {}
