package io.github.redisfanout.backplane;

import java.time.Instant;
import java.util.Set;

/**
 * A span of time in which this node may have missed messages.
 *
 * <p>By this node's clock, everything missed was published inside the span; after {@link
 * Cause#OVERLOAD} it arrived here inside the span.
 *
 * @param channels the channels concerned; empty means all
 * @param from messages published before it were received: when the last probe that came back was
 *     sent, or, without probes, the last heartbeat that was confirmed. For {@link Cause#OVERLOAD}:
 *     when the first message was dropped
 * @param until when messages were received again
 * @param cause why
 */
public record Gap(Set<String> channels, Instant from, Instant until, Cause cause) {

  /** One that ends before it begins becomes an empty one. */
  public Gap {
    channels = Set.copyOf(channels);
    if (until.isBefore(from)) {
      // Wall clocks can be set back while a node does not receive.
      until = from;
    }
  }

  /** Why messages may have been missed. More values may be added. */
  public enum Cause {
    /** The connection that receives was lost. */
    CONNECTION_LOST,
    /** The connection looked healthy, and what was published did not come back on it. */
    DEAD_SUBSCRIPTION,
    /** This node could not keep up and dropped messages. */
    OVERLOAD
  }
}
