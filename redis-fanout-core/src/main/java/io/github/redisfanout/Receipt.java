package io.github.redisfanout;

/** A publish that succeeded; immutable. */
public final class Receipt {
  private final int recipients;
  private final long nodes;

  Receipt(int recipients, long nodes) {
    this.recipients = recipients;
    this.nodes = nodes;
  }

  /**
   * Distinct users and groups named, everyone counts as one; 0 means there was nobody to publish
   * to, and nothing was sent.
   */
  public int recipients() {
    return recipients;
  }

  /**
   * Nodes that Redis handed the message to, and other subscribers of the channel; says nothing
   * about which users are online.
   */
  public long nodes() {
    return nodes;
  }

  @Override
  public String toString() {
    return "Receipt(" + recipients + " recipients, " + nodes + " nodes)";
  }
}
