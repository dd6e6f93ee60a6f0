package io.github.redisfanout.benchmarks.routing;

/** What is compared. */
enum Contender {
  /** All on the common channel. */
  BROADCAST,
  /** All on the channels of their recipients, however many these are. */
  TARGETED,
  /** What the library decides. */
  ADAPTIVE,
  /** The same once more, which shows the noise. */
  ADAPTIVE_AGAIN
}
