package io.github.redisfanout.backplane;

/** What the other side said of a message that it took; immutable. */
public final class PublishAnswer {
  private final long nodes;

  private PublishAnswer(long nodes) {
    this.nodes = nodes;
  }

  /** It was handed to this many connections, usually one for each node. */
  public static PublishAnswer ofNodes(long nodes) {
    return new PublishAnswer(nodes);
  }

  /** Connections that it was handed to, as far as the backplane knows; says nothing about users. */
  public long nodes() {
    return nodes;
  }

  @Override
  public String toString() {
    return "PublishAnswer(" + nodes + " nodes)";
  }
}
