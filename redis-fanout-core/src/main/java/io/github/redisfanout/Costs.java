package io.github.redisfanout;

/** What a message costs Redis on the channels of its recipients, against the common channel. */
final class Costs {
  /** With fewer nodes there is nothing to gain. */
  private static final int MIN_NODES = 4;

  /** How many subscribers of the common channel cost what one channel more costs. */
  private static final int NODES_PER_CHANNEL = 5;

  /** The same when each channel has its own bytes. */
  private static final int NODES_PER_SIGNED_CHANNEL = 8;

  /** The most that copies of one message may take; they count in the publish buffer. */
  private static final int COPIES_BYTES = 1 << 18;

  private Costs() {}

  /**
   * The most channels that are not dearer than the common channel; 0: none.
   *
   * @param nodes how many subscribe the common channel
   * @param bytes the size of the message
   * @param signed whether each channel needs a copy of it
   */
  static int maxChannels(long nodes, int bytes, boolean signed) {
    if (nodes < MIN_NODES) {
      return 0;
    }
    long channels = Math.max(1, nodes / (signed ? NODES_PER_SIGNED_CHANNEL : NODES_PER_CHANNEL));
    return (int) Math.min(channels, signed ? COPIES_BYTES / Math.max(1, bytes) : Integer.MAX_VALUE);
  }
}
