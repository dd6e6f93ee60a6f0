package io.github.redisfanout;

/**
 * What a message costs Redis on the channels of its recipients, against the common channel.
 *
 * <p>Nanoseconds of its CPU, fitted to what the benchmark {@code routing} measured with 2 to 64
 * nodes and 1 to 100 recipients while Redis was saturated. Where both ways cost the same, the nodes
 * save from channels of recipients, too.
 */
final class Costs {
  /** A subscriber of the common channel. */
  private static final int SUBSCRIBER = 550;

  /** What a script takes more than a command. */
  private static final int SCRIPT = 800;

  /** A recipient's channel. */
  private static final int CHANNEL = 1_400;

  /** The same with a copy of the message, which Redis reads and hashes for the script. */
  private static final int SIGNED_CHANNEL = 3_900;

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
    long channels = (SUBSCRIBER * nodes - SCRIPT) / (signed ? SIGNED_CHANNEL : CHANNEL);
    long most = signed ? COPIES_BYTES / Math.max(1, bytes) : Integer.MAX_VALUE;
    return (int) Math.max(0, Math.min(channels, most));
  }
}
